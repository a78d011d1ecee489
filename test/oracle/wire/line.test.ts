import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { encode, layout, preset } from './codec.ts';
import { Line, LineClosed } from './line.ts';
import { dataOf, dataPackets, PACKET, packet, PacketCutter } from './packets.ts';
import { clr, u8 } from './scalars.ts';

const SDU = 512;
const message = layout({ type: preset(u8, 3), text: clr });
const read = (from: Parameters<typeof message.read>[0]) => message.read(from, {}).text?.toString();
const sent = (text: string) => encode(message, { text: Buffer.from(text) });
const marker = (kind: number) => packet(PACKET.marker, Buffer.of(1, 0, kind), 4);

/** A line, and its client's end as plain bytes. */
class Client {
  readonly #socket: Socket;
  readonly received: string[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
    const cutter = new PacketCutter();
    cutter.lengthBytes = 4;
    socket.on('data', (bytes) => {
      cutter.push(bytes);
      for (let next = cutter.next(); next !== undefined; next = cutter.next()) {
        const isMarker = next.type === PACKET.marker;
        this.received.push(isMarker ? `marker ${next.body.at(2)}` : dataOf(next, SDU).payload.toString());
      }
    });
  }

  send(...bytes: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(bytes));
  }

  close(): void {
    this.#socket.destroy();
  }
}

let line: Line;
let client: Client;
let close: () => Promise<unknown>;
let garbled: number;
beforeEach(async () => {
  garbled = 0;
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const socket = createConnection({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  client = new Client(socket);
  const [accepted] = (await once(server, 'connection')) as [Socket];
  line = new Line(accepted, { cancelled: () => Buffer.from('cancelled'), onGarbled: () => (garbled += 1) });
  line.widen(SDU);
  close = async () => {
    client.close();
    server.close();
    await once(server, 'close');
  };
});
afterEach(() => close());

const soon = (check: () => void) => vi.waitFor(check, { interval: 2 });

describe('a line', () => {
  test('a line joins the packets of a message, and keeps what belongs to the next one', async () => {
    const long = 'x'.repeat(2000);
    client.send(...dataPackets(Buffer.concat([sent(long), sent('next')]), SDU, 4));
    expect(await line.receive(read)).toBe(long);
    expect(await line.receive(read)).toBe('next');
  });

  test('a line does not wait for the rest of a message that its client has ended', async () => {
    client.send(...dataPackets(sent('short').subarray(0, 4), SDU, 4));
    await expect(line.receive(read)).rejects.toThrow('it ends early');
  });

  test('a line rejects a pending read once the client has gone', async () => {
    const waiting = line.receive(read);
    client.close();
    await expect(waiting).rejects.toBeInstanceOf(LineClosed);
    await expect(line.nextPacket()).rejects.toBeInstanceOf(LineClosed);
  });

  test('a line is closed by bytes that are no packet', async () => {
    client.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await expect(line.receive(read)).rejects.toBeInstanceOf(LineClosed);
    expect(garbled).toBe(1);
  });
});

describe('a break', () => {
  test('a break is answered at once, and replaces the answer of a call that ignores its signal', async () => {
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    const answered = line.answer(() => promise);
    client.send(marker(3));
    await soon(() => expect(client.received).toEqual(['marker 1']));
    resolve(Buffer.from('too late'));
    await answered;
    client.send(marker(2), ...dataPackets(sent('next'), SDU, 4));
    expect(await line.receive(read)).toBe('next');
    await soon(() => expect(client.received).toEqual(['marker 1', 'marker 2', 'cancelled']));
  });

  test('a break ends a call that follows its signal, and discards what was half sent', async () => {
    client.send(...dataPackets(sent('x'.repeat(2000)), SDU, 4).slice(0, 2));
    const answered = line.answer(async (signal) => {
      await once(signal, 'abort');
      throw new Error('it was cancelled');
    });
    client.send(marker(1));
    await answered;
    client.send(marker(2), ...dataPackets(sent('next'), SDU, 4));
    expect(await line.receive(read)).toBe('next');
  });

  test('a break does not hide the error of a call that was not cancelled', async () => {
    await expect(line.answer(() => Promise.reject(new Error('a mistake')))).rejects.toThrow('a mistake');
  });

  test('a break is ignored by a frozen line', async () => {
    line.freeze();
    client.send(marker(3));
    client.close();
    await once(line.ended, 'abort');
    expect(client.received).toEqual([]);
  });
});
