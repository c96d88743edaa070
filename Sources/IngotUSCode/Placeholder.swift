// IngotUSCode
