/** The names in a connect string that lead to a database: hosts, ports, services, paths. Pure, and linear in its length. */

/** Words of Oracle Net and of the driver's texts. They are no secret, and a message without them cannot be read. */
const NO_NAMES: ReadonlySet<string> = new Set(
  `address address_list certificate community compression connect_data connect_timeout connection database delay dedicated description
  description_list enable error expire_time failed failover failover_mode false host https_proxy https_proxy_port instance instance_name
  jdbc listener load_balance load_balancing method my_wallet_directory no off on oracle password pool pool_boundary pool_connection_class
  pool_purity pooled port protocol recv_buf_size retries retry_count retry_delay sdu security send_buf_size server service service_name
  session shared sid source_route ssl_allow_weak_dn_match ssl_server_cert_dn ssl_server_dn_match tcp tcps tdu thin timeout tns_admin
  transport_connect_timeout true type use_sni user wallet wallet_location wallet_password yes`.split(/\s+/),
);

/** A line of a tnsnames.ora. */
const COMMENT = /^[ \t]*#.*$/gm;

/** A word, and whether it is a key. */
const WORD = /([\p{L}\p{N}_.$#-]+)(\s{0,8}=)?/gu;

/**
 * In lower case: each word of a connect descriptor or Easy Connect string but the keywords, and the first part of a name with dots, by which
 * a database names itself. Numbers count where they are ports or services, and not as a time limit.
 */
export function secretNames(connectString: string): ReadonlySet<string> {
  const names = new Set<string>();
  let key = '';
  for (const [, word = '', equals] of connectString.replaceAll(COMMENT, '').matchAll(WORD)) {
    const name = word.toLowerCase().replace(/\.$/, '');
    const isSetting = /^[\d.]+$/.test(name) && !/^$|port$|host$|name$|^sid$|proxy$/.test(key);
    key = equals === undefined ? key : name;
    if (isSetting || NO_NAMES.has(name)) continue;
    names.add(name);
    const [first = ''] = name.split('.');
    if (/\p{L}/u.test(first) && !NO_NAMES.has(first)) names.add(first);
  }
  return names;
}
