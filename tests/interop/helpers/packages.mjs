// Microsoft's packages and ws, imported in one place, so that a missing node_modules fails with the
// remedy and not with a stack of the module loader.

async function imported(name) {
  try {
    return await import(name);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`the package ${name} is not installed: run 'npm ci' in tests/interop`, {
      cause: error,
    });
  }
}

export const { WebPubSubServiceClient } = await imported('@azure/web-pubsub');
export const { WebPubSubClient, WebPubSubJsonProtocol } = await imported(
  '@azure/web-pubsub-client',
);
export const { WebSocket } = await imported('ws');
