"""S3 objects as ordinary files: `<data folder>/s3/<bucket>/<key>`, served through moto's S3 API."""
