import { ApiServer } from './api-server.ts';
import { ObjectStore } from './object-store.ts';
import { OperatorProcess } from './operator-process.ts';
import { setTimeout as pause } from 'node:timers/promises';
const cases = process.argv.slice(2).map((a) => a.split(':'));
await Promise.all(
  cases.map(async ([mode, text]) => {
    const s = Number(text);
    const api = await ApiServer.start();
    const store = new ObjectStore();
    api.otherwise = store.answer;
    const operator = OperatorProcess.start(api, 'm');
    while (!operator.lines.some((l) => l.includes('became leader'))) await pause(20);
    await pause(3000 + Math.random() * 2000);
    const from = performance.now();
    const r = Promise.withResolvers<void>();
    api.otherwise =
      mode === 'late'
        ? async (e) => {
            await r.promise;
            await store.answer(e);
          }
        : mode === 'never'
          ? () => undefined
          : ({ response }) => void response.writeHead(500, { 'content-type': 'application/json' }).end('{}');
    let ended: string | undefined;
    void operator
      .exit()
      .then(({ code }) => (ended = `exit ${String(code)} after ${((performance.now() - from) / 1000).toFixed(1)} s`));
    await pause(s * 1000);
    r.resolve();
    api.otherwise = store.answer;
    await pause(14_000);
    console.log(mode, s, ended ?? 'leads', operator.lines.filter((l) => /Warning/.test(l)).join(' || '));
    if (ended === undefined) operator.send('SIGKILL');
    await operator[Symbol.asyncDispose]();
    await api.close();
  }),
);
