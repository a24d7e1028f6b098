"""Functions of the apps that come with the platform: each module here names its own in `FUNCTIONS`."""
