/**
 * esbuild plugin: leaves out of a bundle what only unused parts of @kubernetes/client-node need. The operator uses its
 * KubeConfig, to read credentials. Its modules are declared free of side effects, so that esbuild drops the unused ones;
 * undici, its HTTP client, and its proxy agents are replaced by nothing.
 */
import type { Plugin, PluginBuild } from 'esbuild';

const PACKAGE = '@kubernetes/client-node';

/** Marks the plugin's own call of `build.resolve`, so that it does not call itself for ever. */
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
    // For proxies, which src/kube/credentials.ts rejects.
    leaveOut(build, 'socks-proxy-agent', ['SocksProxyAgent']);
    leaveOut(build, 'hpagent', ['HttpProxyAgent', 'HttpsProxyAgent']);
  },
};

/** Replaces the exports of a package by undefined: code that calls one throws a TypeError. */
function leaveOut(build: PluginBuild, name: string, exports: readonly string[]): void {
  build.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: name, namespace: 'left-out' }));
  build.onLoad({ filter: new RegExp(`^${name}$`), namespace: 'left-out' }, () => ({
    contents: exports.map((one) => `export const ${one} = undefined;`).join('\n'),
  }));
}
