// IngotSamples
