"""The way to an access token: by a browser, on another device, or with the refresh token of an earlier login."""
