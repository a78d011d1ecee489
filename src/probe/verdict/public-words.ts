/**
 * Words of the public messages of driver, database, operating system and TLS, in lower case. They stay where they are, even if a secret is one
 * of them: a gap in a sentence that everybody can look up tells what was taken out, and a message without them cannot be read.
 */

/** Keywords of Oracle Net, and what the driver says of them. */
const NET = `address address_list certificate community compression connect_data connect_timeout connection database dedicated delay description
  description_list enable error expire_time failed failover failover_mode false host https_proxy https_proxy_port instance instance_name
  jdbc listener load_balance load_balancing method my_wallet_directory no off on oracle password pool pool_boundary pool_connection_class
  pool_purity pooled port protocol recv_buf_size retries retry_count retry_delay sdu security send_buf_size server service service_name
  session shared sid source_route ssl_allow_weak_dn_match ssl_server_cert_dn ssl_server_dn_match tcp tcps tdu thin timeout tns_admin
  transport_connect_timeout true type use_sni user wallet wallet_location wallet_password yes`;

const MESSAGES = `accept access accessing account acquire adapter additional address_lists addresses advanced after again alert algorithm aliases
  allocate allocation allowed already altnames an and another answer archive archived archiver are arguments as at attribute audit
  authentication authorized available background backup bad be because been being bequeath block body bootstrap break broken busy by
  bytes can cannot cause centralized chain changing channel check checksum client close closed closing cluster code column
  comma-separated command common communication completed concurrent configuration connect connection_id connections connectstring
  connecttimeout consistent contact content control core correct corrupt corrupted could count cpu create created credential credentials
  cryptographic currently cursor cursors data dataintegrity date days ddl decrypt denied dependent descriptor desired detected device
  did directory disabled discarded disk dml dns does driver drop dump during dynamic eacces eai_again easy econnrefused econnreset
  ehostunreach empty enabled encountered encryption end-of-file enetunreach enoent enotfound enough enqueue entries environment epipe
  errors established establishment etimedout evicted exact exceeded exceeds exception execute execution exist existing expecting expire
  expired expires extend failure fatal fetch fetchtypehandler file files find first following for format found from function further get
  getaddrinfo given gives group handshake has have held hook hostname id identifier identifying idle ifile immediate in in-band inbound
  incarnation incorrect index information initialization initialize initiate input insufficient integer integrity internal invalid io is
  issuer it its key killed lacks ldap left length level licenses limit line lines list lob local locked locks log logged login logon
  long lost malformed many master match matching maximum members memory message mismatch mode more mounted must name native near needs
  negotiation network networking next nfs nls node-oracledb none not notification null number object occurred of oid one online only
  open opened opening openssl operation operations option options or ora os out outermost output package packages packet parameter
  parameters partition pem permission permitted pga pga_aggregate_limit please pluggable plugin pmon policy pooling position possible
  post preceding present priority privilege privileges problems process processes progress properly provided provider proxy queue
  queuemax queuetimeout quota quoted re-validation reached read read-only reading realm reason receive received recieved reclaim
  reconfigured record recovery recursive redirects redo refused region register registered rejected release remote request requested
  resolve resolved resource restricted retrieval retrieve return returns rollback routines row rows rule same search seconds segment
  self-signed send serial sessions sessions_per_user set several severe should shown shutdown simultaneous smon socket space specified
  sql ssl standard standby start state status string stuck such support supported switchover synchronization syntax sys sysdba sysoper
  system table tablespace temp temporary terminated than that the there these thick this thread through time timed timezone tls tns to
  too trail transaction trigger trying txnpriority typed unable undefined undo unexpectedly unknown unresolvable unsupported until up
  urls usage used username users valid validation value verification verifier verify version view violation wait was web were what when
  which while whole will with within without write writer writing wrong yet you your`;

const WORDS: ReadonlySet<string> = new Set(`${NET} ${MESSAGES}`.split(/\s+/));

/** A code, such as ORA-01017. */
const CODE = /^(?:ora|njs|tns|dpi|nnl|nl|rman)-\d{1,5}$/;

/** `word` in lower case. */
export const isPublicWord = (word: string): boolean => WORDS.has(word) || CODE.test(word);
