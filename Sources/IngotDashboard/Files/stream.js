// One stream of events that comes back by itself, and says when it is away.

import { showConnection } from "./frame.js";

const RETRY_MILLISECONDS = 5000;

/**
 * Listens to an address of Server-Sent Events.
 *
 * A browser gives a stream up when it is answered by a refusal, as while a gateway starts; this one goes on. While the
 * page is not seen it is closed: a browser has six connections for all pages of a gateway.
 *
 * @param {string} address
 * @param {Object<string, (data: any, event: MessageEvent) => void>} handlers by the name of the event; `data` is parsed
 * @param {{onOpen?: (isFirst: boolean) => void}} [options]
 * @returns {{close: () => void}}
 */
export function listen(address, handlers, options = {}) {
  let source = null;
  let timer = 0;
  let lastNumber = "";
  let isFirst = true;
  let isClosed = false;

  function open() {
    clearTimeout(timer);
    source?.close();
    if (document.hidden) return;
    const place = new URL(address, location.href);
    // A new EventSource knows nothing of the one before it.
    if (lastNumber) place.searchParams.set(options.resume ?? "after", lastNumber);
    source = new EventSource(place);
    source.onopen = () => {
      showConnection();
      options.onOpen?.(isFirst);
      isFirst = false;
    };
    source.onerror = () => {
      if (isClosed) return;
      showConnection("The connection to the gateway is lost. Trying again…");
      if (source.readyState === EventSource.CLOSED) {
        source.close();
        timer = setTimeout(ask, RETRY_MILLISECONDS);
      }
    };
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => {
        if (event.lastEventId) lastNumber = event.lastEventId;
        handle(event.data ? JSON.parse(event.data) : null, event);
      });
    }
  }

  /** Why was it refused? A session that has ended does not come back by waiting. */
  async function ask() {
    try {
      const response = await fetch(address, { method: "HEAD" });
      if (response.status === 401) {
        location.assign("/sign-in?to=" + encodeURIComponent(location.pathname + location.search));
        return;
      }
      if (response.status === 403 || response.status === 404) {
        showConnection("The gateway does not show this any more.");
        return;
      }
    } catch { /* It cannot be reached; the next try will tell. */ }
    if (!isClosed) open();
  }

  function close() {
    isClosed = true;
    clearTimeout(timer);
    source?.close();
  }

  document.addEventListener("visibilitychange", () => {
    if (isClosed) return;
    if (document.hidden) {
      clearTimeout(timer);
      source?.close();
    } else {
      open();
    }
  });
  // A stream that is held open would keep the page from being shown again at once.
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted && !isClosed) open();
  });
  open();
  return { close };
}
