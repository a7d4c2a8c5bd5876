"""Windows for the live demo: what the keys do and how a frame is drawn, once with Tk and once with OpenCV."""
