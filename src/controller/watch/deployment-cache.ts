/**
 * The Deployments that profiles name. Of any other nothing is kept, so that its last event may have passed by the time when a profile first
 * names it. Then it is read by a list of its name (see unread.ts), and its events are kept from the moment when it is named.
 */
import type { ObservedDeployment } from '../../core/model/observed.ts';
import { Cache, type CacheOptions } from '../../kube/cache.ts';
import { Unread } from './unread.ts';

type Value = ObservedDeployment & { readonly namespace: string };

type Options = CacheOptions<Value, 'uid'> & {
  /** Called once a Deployment is read that a profile named, whether it exists or not. */
  readonly onRead: (namespace: string, name: string) => void;
};

export class DeploymentCache extends Cache<Value, 'uid'> {
  readonly unread = new Unread();
  readonly onRead: Options['onRead'];

  constructor({ onRead, ...options }: Options) {
    super(options);
    this.onRead = onRead;
  }

  /** A profile names it, and none did before. */
  ask(namespace: string, name: string): void {
    if (this.get(namespace, name) === undefined) this.unread.add(namespace, name);
  }

  /** No profile names it any more. */
  release(namespace: string, name: string): void {
    this.unread.delete(namespace, name);
    this.forget(namespace, name);
  }
}
