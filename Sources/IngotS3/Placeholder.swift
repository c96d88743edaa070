// IngotS3
