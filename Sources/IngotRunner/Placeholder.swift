// IngotRunner
