/** Client and server agree on the protocol and on data types. Afterwards the line speaks the client's dialect. */
import type { Database } from '../database/database.ts';
import { dataTypesAnswer, protocolAnswer, protocolRequest, readDataTypes } from '../messages/negotiation.ts';
import { encode } from '../wire/codec.ts';
import type { Line } from '../wire/line.ts';
import { meetFault } from './faults.ts';

/** Gives the name of the client's driver. */
export async function negotiate(line: Line, database: Database): Promise<string> {
  const { driver } = await line.receive((from) => protocolRequest.read(from, {}));
  await meetFault('protocol', database, line);
  line.sendData(encode(protocolAnswer));
  const dataTypes = await line.receive(readDataTypes);
  await meetFault('dataTypes', database, line);
  line.sendData(dataTypesAnswer(dataTypes));
  line.dialect = dataTypes.dialect;
  return driver;
}
