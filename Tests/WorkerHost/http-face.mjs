// Between Node's HTTP server and a Worker's requests and responses.
import { createServer } from 'node:http';

/** The body, read no faster than the Worker does; what it does not want is read and dropped. */
function bodyOf(incoming) {
  let isOver = false;
  return new ReadableStream({
    start(controller) {
      const end = (how) => () => {
        if (isOver) return;
        isOver = true;
        how();
      };
      incoming.pause();
      incoming.on('data', (piece) => {
        if (isOver) return;
        controller.enqueue(new Uint8Array(piece));
        if (controller.desiredSize <= 0) incoming.pause();
      });
      incoming.on('end', end(() => controller.close()));
      incoming.on('error', end(() => controller.error(new Error('The body ended early.'))));
      incoming.on('aborted', end(() => controller.error(new Error('The body ended early.'))));
    },
    pull: () => { incoming.resume(); },
    cancel: () => {
      isOver = true;
      incoming.resume();
    },
  }, { highWaterMark: 0 });
}

function toRequest(incoming, base) {
  const headers = new Headers();
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index], incoming.rawHeaders[index + 1]);
  }
  const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD';
  return new Request(new URL(incoming.url, `http://${incoming.headers.host ?? base}`), {
    method: incoming.method,
    headers,
    body: hasBody ? bodyOf(incoming) : undefined,
    duplex: hasBody ? 'half' : undefined,
    redirect: 'manual',
  });
}

async function send(response, outgoing) {
  const headers = {};
  for (const [name, value] of response.headers) headers[name] = value;
  outgoing.writeHead(response.status, headers);
  if (!response.body) return outgoing.end();
  outgoing.flushHeaders();
  const reader = response.body.getReader();
  let isGone = false;
  outgoing.on('close', () => {
    isGone = true;
    reader.cancel('the client has gone').catch(() => {});
  });
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done || isGone) break;
      if (!outgoing.write(value)) {
        await new Promise((resolve) => { outgoing.once('drain', resolve); outgoing.once('close', resolve); });
      }
    }
    outgoing.end();
  } catch {
    // The client sees that it is not all, as with a connection that a deploy has cut.
    outgoing.destroy();
  }
}

/**
 * Serves.
 *
 * @param {(request: Request) => Promise<Response>} respond
 * @returns {Promise<{address: string, server: import('node:http').Server}>}
 */
export function serve(port, respond) {
  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, async (incoming, outgoing) => {
    outgoing.on('error', () => {});
    let response;
    try {
      response = await respond(toRequest(incoming, `127.0.0.1:${port}`));
    } catch (error) {
      console.error(error?.stack ?? error);
      response = new Response('Worker threw exception', { status: 500 });
    }
    await send(response, outgoing);
    // Nobody reads the rest of what was refused.
    incoming.removeAllListeners('data');
    incoming.resume();
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve({ address: `http://127.0.0.1:${server.address().port}`, server }));
  });
}
