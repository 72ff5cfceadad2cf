import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { invariant } from '../../domain/refusal.js';
import { SignIn, type StaffName } from '../sign-in.js';
import type { TillRequest } from './exchange.js';
import { Problem } from './problem.js';

const openKey = 'tillog:open';

/** Marks what may be asked for without having signed in. */
export const Open = () => SetMetadata(openKey, true);

/** Lets only those through who signed in, except where it is open to everybody on this machine. */
@Injectable()
export class SignedInGuard implements CanActivate {
  constructor(
    private readonly signIn: SignIn,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride<boolean>(openKey, [context.getHandler(), context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<TillRequest>();
    const token = /^Bearer ([\w-]{1,200})$/iu.exec(request.headers.authorization ?? '')?.[1];
    const state = token === undefined ? undefined : this.signIn.holderOf(token);
    const extras = { headers: { 'www-authenticate': 'Bearer' } };
    if (token === undefined || state === undefined) {
      throw new Problem(401, 'UNAUTHENTICATED', 'Sign in first; nothing was recorded.', extras);
    }
    if (state.locked) {
      throw new Problem(401, 'SESSION_LOCKED', 'The screen is locked: sign in again. Nothing was recorded.', extras);
    }
    request.signedIn = { staff: state.holder, token };
    return true;
  }
}

const signedInOf = (context: ExecutionContext) => {
  const { signedIn } = context.switchToHttp().getRequest<TillRequest>();
  invariant(signedIn !== undefined, 'the guard let only a signed-in request through');
  return signedIn;
};

/** Who signed in. */
export const SignedInStaff = createParamDecorator(
  (_data: unknown, context: ExecutionContext): StaffName => signedInOf(context).staff,
);

/** The token that came with the request. */
export const Token = createParamDecorator(
  (_data: unknown, context: ExecutionContext): string => signedInOf(context).token,
);
