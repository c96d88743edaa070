// IngotGateway
