/** The listener's part: who comes in, to which service, and who is sent away. */
import type { Database } from '../database/database.ts';
import { OracleError, oraError } from '../database/errors.ts';
import { accept, connect, connectDataIn, NATIVE_SERVICES, refusal, sduFor, TNS_VERSION } from '../messages/connect.ts';
import { type Descriptor, readDescriptor } from '../messages/descriptor.ts';
import { nativeServicesRefusal, readNativeServices } from '../messages/native-services.ts';
import { Garbled } from '../wire/bytes.ts';
import { decode, encode } from '../wire/codec.ts';
import { LineClosed, type Line } from '../wire/line.ts';
import { PACKET } from '../wire/packets.ts';
import { meetFault } from './faults.ts';

const DATA_FLAGS_BYTES = 2;

/** Lets the client in and gives what it said of itself, or refuses it and throws LineClosed. */
export async function greet(line: Line, database: Database): Promise<Descriptor> {
  const { body, type } = await line.nextPacket();
  if (type !== PACKET.connect) throw new Garbled(`read a CONNECT packet: type ${type} came`);
  const client = decode(connect, body);
  const descriptor = readDescriptor(
    connectDataIn(body, client.dataOffset, client.dataLength) ?? (await connectDataAfter(line)),
  );
  database.statistics.connects += 1;
  const code = await refusalFor(descriptor, line, database);
  if (code !== undefined) {
    database.statistics.refused += 1;
    line.send(PACKET.refuse, refusal(code));
    line.close();
    throw new LineClosed(`the listener refused the connection with ORA-${code}`);
  }
  await letIn(line, database, sduFor(client));
  return descriptor;
}

async function connectDataAfter(line: Line): Promise<string> {
  const { body, type } = await line.nextPacket();
  if (type !== PACKET.data) throw new Garbled(`read connect data in a DATA packet: type ${type} came`);
  return body.subarray(DATA_FLAGS_BYTES).toString();
}

async function refusalFor(descriptor: Descriptor, line: Line, database: Database): Promise<number | undefined> {
  try {
    await meetFault('connect', database, line);
  } catch (error) {
    if (error instanceof OracleError) return error.told.code;
    throw error;
  }
  return database.refusalFor({
    service: descriptor.get('SERVICE_NAME') ?? '',
    sid: descriptor.get('SID') ?? '',
    isDedicated: descriptor.get('SERVER')?.toUpperCase() === 'DEDICATED',
  });
}

async function letIn(line: Line, { settings: { tns } }: Database, sdu: number): Promise<void> {
  const nativeServices = NATIVE_SERVICES[tns.nativeEncryption];
  line.send(
    PACKET.accept,
    encode(accept, {
      version: tns.version,
      sdu,
      largeSdu: sdu,
      nativeServices,
      nativeServicesToo: nativeServices,
    }),
  );
  if (tns.version === TNS_VERSION) line.widen(sdu);
  if (tns.nativeEncryption === 'off') return;
  await line.receive(readNativeServices);
  line.sendData(nativeServicesRefusal(oraError(12660).code));
  line.close();
  throw new LineClosed('the client knows no native encryption');
}
