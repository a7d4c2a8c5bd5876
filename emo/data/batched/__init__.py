"""Augmentation of whole batches by the device that trains: the loading processes only draw what is to be done."""
