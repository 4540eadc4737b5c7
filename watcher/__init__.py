"""The program on the camera laptop: camera files in, shots at the server."""
