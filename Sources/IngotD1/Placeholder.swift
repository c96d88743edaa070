// IngotD1
