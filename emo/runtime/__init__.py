"""From a frame to its faces: runtimes that compute the network, and the predictor that looks with them."""
