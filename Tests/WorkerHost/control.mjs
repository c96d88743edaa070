// The host's own routes, for tests: eviction, the cron trigger, containers.

/**
 * @param {{objects: import('./durable-objects.mjs').ObjectHost, database: import('./d1-binding.mjs').D1Database, reload: () => Promise<void>,
 *   scheduled: () => Promise<void>}} host
 */
export function controlRoutes({ objects, database, reload, scheduled }) {
  const named = (name) => objects.records.filter((record) => name === null || record.name === name);
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    const name = searchParams.get('name');
    switch (`${request.method} ${pathname}`) {
      case 'POST /evict':
        for (const record of named(name)) objects.evict(record);
        if (name === null) await reload();
        return Response.json({ evicted: named(name).length });
      case 'POST /evict-after-every-event':
        objects.evictsAfterEveryEvent = searchParams.get('on') !== 'false';
        return Response.json({ on: objects.evictsAfterEveryEvent });
      case 'POST /scheduled':
        await scheduled();
        return Response.json({ done: true });
      case 'POST /containers/refuse':
        objects.refusals = Number(searchParams.get('count') ?? 1);
        return Response.json({ refusals: objects.refusals });
      case 'POST /database/lose-answer':
        database.lostAnswer = searchParams.get('of');
        return Response.json({ of: database.lostAnswer });
      case 'GET /containers':
        return Response.json(objects.records.filter((record) => record.containerHost).map((record) => ({
          class: record.className, name: record.name, pid: record.containerHost.pid, running: record.containerHost.running,
        })));
      case 'POST /containers/kill': {
        const running = named(name).filter((record) => record.containerHost?.running);
        for (const record of running) record.containerHost.signal(Number(searchParams.get('signal') ?? 9));
        return Response.json({ signalled: running.length }, { status: running.length > 0 ? 200 : 404 });
      }
      case 'GET /objects':
        return Response.json(objects.records.map((record) => ({
          class: record.className, name: record.name, inMemory: record.instance !== null, alarm: record.file.alarm,
        })));
      default:
        return Response.json({ error: 'no such control route' }, { status: 404 });
    }
  };
}
