/**
 * Connect strings of other drivers and tools. node-oracledb cannot parse them, or takes a part of one for a host. The table says whose each
 * form is, and what of it to keep. Pure.
 */
import { isWithoutCredentials, shownConnectString } from '../../contract/connect-string.ts';
import { own, type OwnText } from '../verdict/own-text.ts';

type Form = {
  /** Matches the whole connect string. `rest` is what node-oracledb takes, where that can be told. */
  readonly pattern: RegExp;
  readonly whose: string;
};

const FORMS: readonly Form[] = [
  { pattern: /^(?<quote>["'])(?<rest>.*)\k<quote>$/s, whose: 'a text in quotes' },
  { pattern: /^(?!description\b)[\w.$#-]+\s*=\s*(?<rest>\(.*)$/is, whose: 'a whole entry of a tnsnames.ora' },
  { pattern: /^jdbc:(?:\w+:)*oracle:(?:thin|oci8?):@(?<rest>.*)$/is, whose: 'a JDBC URL' },
  { pattern: /^(?:jdbc|r2dbc):/i, whose: 'a JDBC or R2DBC URL' },
  { pattern: /^https?:\/\/(?<rest>.*)$/is, whose: 'a web address' },
  { pattern: /^[a-z]\w*\+\w+:\/\//i, whose: 'a URL of SQLAlchemy' },
  { pattern: /^(?:oracle|oci8?|godror):\/\//i, whose: 'a database URL' },
  { pattern: /^oci8?:(?:[^;]*;)*\s*dbname\s*=(?<rest>[^;]*)/i, whose: 'a data source name of PHP' },
  {
    pattern: /^(?:[^=;()?/]*=[^;]*;)*\s*(?:data source|user id|driver|dbq|uid|server|host|sid|service name)\s*=/i,
    whose: 'a connection string of ODP.NET or ODBC',
  },
  { pattern: /^[^()?]*\bconnectString\s*=/i, whose: 'a connection string of godror' },
  { pattern: /^(?<rest>[\w.$#-]+)\?.*\btns_admin=/is, whose: 'a TNS alias with the folder of its tnsnames.ora' },
  { pattern: /^@(?<rest>[^@/]*|\/\/[^@]*|[^@/]*:\d+\/[^@]*)$/, whose: 'a connect string of SQL*Plus' },
  { pattern: /^[^()?]*@/, whose: 'a connect string with a user' },
  {
    pattern: /^(?<rest>(?:\/\/)?[\w.-]+:\d+:(?!(?:dedicated|shared|pooled)$)[\w.$#-]+)$/i,
    whose: 'host:port:SID of JDBC',
  },
];

/** The form of JDBC that names an instance. */
const SID = /^(?:\/\/)?(?<host>[\w.-]{1,200}):(?<port>\d{1,5}):(?<sid>[\w.$#-]{1,64})$/;

/** Whose form the connect string has, and what to write instead; undefined for a form of node-oracledb. */
export function foreignForm(connectString: string): { readonly whose: string; readonly instead: OwnText } | undefined {
  const text = connectString.trim();
  for (const { pattern, whose } of FORMS) {
    const match = pattern.exec(text);
    if (match !== null) return { whose, instead: insteadOf(match.groups?.['rest'] ?? '', isWithoutCredentials(text)) };
  }
  return undefined;
}

/** `rest` is repeated only where the whole connect string may be shown. */
function insteadOf(rest: string, mayRepeat: boolean): OwnText {
  const database = rest.split('?')[0]?.trim() ?? '';
  if (database.startsWith('(')) return own`the (DESCRIPTION=...) alone`;
  if (!mayRepeat) return own`host:port/service`;
  const { host = '', port = '', sid } = SID.exec(database)?.groups ?? {};
  if (sid !== undefined)
    return own`host:port/service, or for a SID (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=${host})(PORT=${port}))(CONNECT_DATA=(SID=${sid})))`;
  const shown = shownConnectString(database);
  return shown === undefined ? own`host:port/service` : own`${shown}`;
}
