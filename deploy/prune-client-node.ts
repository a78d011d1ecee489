/**
 * Leaves out of a bundle what @kubernetes/client-node brings along and nobody calls: of that package only KubeConfig is
 * used, to read credentials. A module counts as used where something of it is; undici, its HTTP client, and its proxies are
 * not there.
 */
import type { Plugin, PluginBuild } from 'esbuild';

const PACKAGE = '@kubernetes/client-node';

/** Keeps this plugin from being asked about what it asks itself. */
const RESOLVING = 'resolving';

export const pruneClientNode: Plugin = {
  name: 'prune-client-node',
  setup(build) {
    build.onResolve({ filter: /^(\.|@kubernetes\/client-node)/ }, async ({ path, pluginData, ...from }) => {
      const isOfPackage = path.startsWith(PACKAGE) || from.importer.includes(`/node_modules/${PACKAGE}/`);
      if (pluginData === RESOLVING || !isOfPackage) return undefined;
      const { importer, kind, namespace, resolveDir } = from;
      const found = await build.resolve(path, {
        importer,
        kind,
        namespace,
        resolveDir,
        with: from.with,
        pluginData: RESOLVING,
      });
      return found.errors.length > 0 ? found : { path: found.path, sideEffects: false };
    });
    leaveOut(build, 'undici', ['Agent', 'ProxyAgent', 'FormData', 'fetch']);
    // For a proxy, which src/kube/credentials.ts refuses.
    leaveOut(build, 'socks-proxy-agent', ['SocksProxyAgent']);
    leaveOut(build, 'hpagent', ['HttpProxyAgent', 'HttpsProxyAgent']);
  },
};

/** Puts nothing in the place of a package: whoever calls one of its exports all the same fails at once. */
function leaveOut(build: PluginBuild, name: string, exports: readonly string[]): void {
  build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: 'left-out' }));
  build.onLoad({ filter: new RegExp(`^${name}$`), namespace: 'left-out' }, () => ({
    contents: exports.map((one) => `export const ${one} = undefined;`).join('\n'),
  }));
}
