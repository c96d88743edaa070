// IngotProbe
