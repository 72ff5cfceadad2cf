import { Problem } from './problem.js';

/** Which methods each address takes, to tell a wrong method from a wrong address. */
export class Routes {
  private readonly known: { readonly method: string; readonly pattern: RegExp }[] = [];

  /** @param path as it is registered, parameters as `:name` */
  add(method: string, path: string): void {
    const pattern = path.replaceAll('.', String.raw`\.`).replaceAll(/:\w+/gu, '[^/]+');
    this.known.push({ method, pattern: new RegExp(`^${pattern}$`, 'u') });
  }

  /** Why nothing answers to this: the address takes other methods, or there is none. */
  problemWith(url: string): Problem {
    const path = url.split('?')[0] ?? '';
    const methods = new Set(this.known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    if (methods.size === 0) return new Problem(404, 'NOT_FOUND', 'There is nothing at this address.');
    const allow = [...methods].sort().join(', ');
    return new Problem(405, 'METHOD_NOT_ALLOWED', `This address takes ${allow}.`, { headers: { allow } });
  }
}
