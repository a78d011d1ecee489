/** What databases say at a logon of files, disks and what the kernel gives them. */
import type { Row } from './public-codes.ts';

const T = 'TransientFailure';

const AUDIT = /audit files \(AUDIT_FILE_DEST\)/;
const DBA = /database administrator/;
const SPACE = /extend the tablespace or disk/;
const TRACE = /trace file/;

export const FILES: readonly Row[] = [
  [
    'ORA-09925: Unable to create audit trail file\nLinux-x86_64 Error: 28: No space left on device\nAdditional information: 9925',
    'DatabaseStorageFull',
    T,
    AUDIT,
    'ORA-09925',
  ],
  [
    'ORA-09817: Write to audit file failed.\nLinux-x86_64 Error: 28: No space left on device\nAdditional information: 12\nORA-01075: you are currently logged on',
    'DatabaseStorageFull',
    T,
    AUDIT,
    'ORA-01075',
  ],
  [
    'ORA-09817: Write to audit file failed.\nO/S-Error: (OS 112) There is not enough space on the disk.',
    'DatabaseStorageFull',
    T,
    AUDIT,
    'ORA-09817',
  ],
  [
    'ORA-09925: Unable to create audit trail file\nLinux-x86_64 Error: 13: Permission denied\nORA-09925: Unable to create',
    'DatabaseBlocked',
    T,
    AUDIT,
    'ORA-09925',
  ],
  ['ORA-09945: Unable to initialize the audit trail file', 'DatabaseBlocked', T, AUDIT],
  ['ORA-01075: you are currently logged on', 'DatabaseBlocked', T, AUDIT],
  ['ORA-00494: enqueue [CF] held for too long (more than 900 seconds)', 'DatabaseBlocked', T, DBA],
  ['ORA-16401: archive log rejected by Remote File Server', 'DatabaseBlocked', T, DBA],
  ['ORA-01805: possible error in date/time operation', 'DatabaseBlocked', T, /time zone files/],
  ["ORA-01950: no privileges on tablespace 'USERS'", 'DatabaseStorageFull', T, /quota/],
  ['ORA-01536: space quota exceeded for tablespace', 'DatabaseStorageFull', T, /quota/],
  ['ORA-25153: Temporary Tablespace is Empty', 'DatabaseStorageFull', T, /ADD TEMPFILE/],
  [
    'ORA-19502: write error on file "/u01/a.dbf", block number 1\nORA-27072: File I/O error\nSolaris-AMD64 Error: 28: No space left on device',
    'DatabaseStorageFull',
    T,
    SPACE,
    'ORA-27072',
  ],
  [
    "ORA-00604: error\nORA-01114: IO error writing block to file 201\nORA-01110: data file 201: '/t.dbf'\nLinux-x86_64 Error: 28: No space left",
    'DatabaseStorageFull',
    T,
    SPACE,
    'ORA-01110',
  ],
  ['ORA-19504: failed to create file "/u01/a.dbf"', 'DatabaseInternalError', T, TRACE],
  ["ORA-00202: control file: '/u01/c1.ctl'", 'DatabaseInternalError', T, TRACE],
  ['ORA-00210: cannot open the specified control file', 'DatabaseInternalError', T, TRACE],
  ['ORA-00227: corrupt block detected in control file', 'DatabaseInternalError', T, TRACE],
  ["ORA-00312: online log 1 thread 1: '/u01/r1.log'", 'DatabaseInternalError', T, TRACE],
  ['ORA-00313: open failed for members of log group 1', 'DatabaseInternalError', T, TRACE],
  ['ORA-00345: redo log write error block 1 count 2', 'DatabaseInternalError', T, TRACE],
  ['ORA-01122: database file 4 failed verification check', 'DatabaseInternalError', T, TRACE],
  ['ORA-01172: recovery of thread 1 stuck at block 3', 'DatabaseInternalError', T, TRACE],
  ['ORA-01194: file 1 needs more recovery to be consistent', 'DatabaseInternalError', T, TRACE],
  ['ORA-01195: online backup of file 1 needs more recovery', 'DatabaseInternalError', T, TRACE],
  ['ORA-27040: file create error, unable to create file', 'DatabaseInternalError', T, TRACE],
  [
    "ORA-01116: error in opening database file 4\nORA-01110: data file 4: '/u.dbf'\nORA-27041: unable to open file\nLinux-x86_64 Error: 2: No such file",
    'DatabaseInternalError',
    T,
    TRACE,
    'ORA-27041',
  ],
  ['ORA-27054: NFS file system is not mounted with correct options', 'DatabaseInternalError', T, TRACE],
  ['ORA-29701: unable to connect to Cluster Synchronization Service', 'DatabaseInternalError', T, TRACE],
  ['ORA-29740: evicted by instance number 2, group incarnation 4', 'DatabaseInternalError', T, TRACE],
  ['ORA-00445: background process "PMON" did not start after 120 seconds', 'DatabaseInternalError', T, TRACE],
  // No disk: the kernel has no shared memory or no semaphores left.
  [
    'ORA-27125: unable to create shared memory segment\nLinux-x86_64 Error: 28: No space left on device',
    'DatabaseResourceExhausted',
    T,
    DBA,
    'ORA-27125',
  ],
  [
    'ORA-27300: OS system dependent operation:semget failed with status: 28\nORA-27301: OS failure message: No space left on device\nORA-27302: failure occurred at: sskgpsemsper',
    'DatabaseResourceExhausted',
    T,
    DBA,
    'ORA-27302',
  ],
];
