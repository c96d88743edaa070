// IngotEmbedded
