// IngotMarkup
