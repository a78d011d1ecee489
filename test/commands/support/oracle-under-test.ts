/** The Oracle Database of `npm run test:oracle`: the one that the environment names, and no other; or a container that is removed. */
import { newRun } from '../../probe/cases/names.ts';
import { type Administrator, TestDatabase } from '../../probe/cases/test-database.ts';
import { type Run, SetUpError, uninterrupted } from '../../runner/run.ts';
import { IMAGE, obstacleTo, removeContainer, startContainer } from './oracle-container.ts';

/** Milliseconds for a clean-up, which goes on where its run is interrupted. */
const CLEAN_UP_MS = 120_000;

const HOW_TO_NAME_ONE =
  'Name a pluggable database that is there for tests: DBPOOL_TEST_ORACLE=host:1521/service DBPOOL_TEST_ORACLE_PASSWORD=... npm run test:oracle';

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined where none is named. Throws SetUpError where its password is missing, or stands in the connect string. */
export function namedDatabase(environment: Environment): Administrator | undefined {
  const { DBPOOL_TEST_ORACLE: connectString = '', DBPOOL_TEST_ORACLE_PASSWORD: password = '' } = environment;
  if (connectString === '') return undefined;
  if (connectString.includes('@')) {
    throw new SetUpError('DBPOOL_TEST_ORACLE holds a user or a password: it is to be a connect string alone', {
      next: HOW_TO_NAME_ONE,
    });
  }
  const user = environment['DBPOOL_TEST_ORACLE_USER'] || 'system';
  if (password !== '') return { connectString, user, password };
  throw new SetUpError(`DBPOOL_TEST_ORACLE names a database, and DBPOOL_TEST_ORACLE_PASSWORD is not set`, {
    next: `Set it to the password of ${user}, or DBPOOL_TEST_ORACLE_USER to another user with the role DBA.`,
  });
}

export class OracleUnderTest {
  /** Why there is none; undefined once there is one. */
  missing: string | undefined;
  readonly #environment: Environment;
  readonly #run = newRun();
  #administrator: Administrator | undefined;
  #hasContainer = false;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Returns what it found, in words. Throws SetUpError for a database that is named and cannot be used. */
  async find(run: Run): Promise<string> {
    const named = namedDatabase(this.#environment);
    if (named !== undefined) {
      const { banner } = await openNamed(named, this.#run);
      this.#administrator = named;
      return banner;
    }
    const obstacle = await obstacleTo(run);
    if (obstacle !== undefined) {
      this.missing = `DBPOOL_TEST_ORACLE is not set. ${obstacle}`;
      return 'NONE IS AT HAND';
    }
    this.#hasContainer = true;
    this.#administrator = await startContainer(run);
    return `a container of ${IMAGE}`;
  }

  /** For the tests: real-database.test.ts reads them. Without a database, every test is skipped. */
  get variables(): Readonly<Record<string, string>> {
    const { connectString = '', user = '', password = '' } = this.#administrator ?? {};
    return {
      DBPOOL_TEST_ORACLE: connectString,
      DBPOOL_TEST_ORACLE_USER: user,
      DBPOOL_TEST_ORACLE_PASSWORD: password,
      DBPOOL_TEST_ORACLE_RUN: this.#run,
    };
  }

  /** Removes the container, or drops what the run made, also after an interruption. Throws an Error that names what is left. */
  async cleanUp(interrupted: Run): Promise<void> {
    if (this.#hasContainer) await removeContainer(uninterrupted(interrupted, CLEAN_UP_MS));
    else if (this.#administrator !== undefined) {
      const database = await TestDatabase.open(this.#administrator, this.#run);
      await database.drop();
    }
  }

  /** What a person has to know about a run without a database. */
  explanation(skipped: number): string {
    const line = '!'.repeat(72);
    return `${line}\nNOT RUN: ${skipped} tests of the probe on a real Oracle Database.\n${this.missing}.\n${HOW_TO_NAME_ONE}\n${line}`;
  }
}

async function openNamed(named: Administrator, run: string): Promise<TestDatabase> {
  try {
    return await TestDatabase.open(named, run);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new SetUpError(`the database that DBPOOL_TEST_ORACLE names cannot be used: ${said}`, {
      next: HOW_TO_NAME_ONE,
      cause,
    });
  }
}
