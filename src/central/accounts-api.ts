import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import {
  addUser,
  changeUser,
  listUsers,
  newUserSchema,
  type OfficeRole,
  type User,
  userChangeSchema,
} from './accounts.js';
import { Attempts } from './attempts.js';
import { callingOffice, callingTenant } from './authentication.js';
import type { Items } from './back-office-api.js';
import { type CentralParts, centralParts } from './central-parts.js';
import type { HttpReply, HttpRequest } from './http-exchange.js';
import { cookieOf, endSession, loginSchema, OfficeLogin } from './office-login.js';
import { Problem } from './problem.js';
import { readBody } from './request-body.js';
import { isUuid } from './tenant.js';

const ownPasswordSchema = z.strictObject({ password: z.string().max(200), new_password: z.string().max(200) });

/** Who somebody is, as they see it themselves. */
export interface Me {
  /** Null for a program. */
  readonly user_id: string | null;
  readonly username: string | null;
  readonly name: string;
  readonly role: OfficeRole;
  readonly tenant_id: string;
}

/** Accounts of the back office, and signing in to it. */
@ApiTags('accounts')
@Controller('v1')
export class AccountsApi {
  private readonly login: OfficeLogin;
  private readonly attempts: Attempts;

  /** @param parts what central was started with */
  constructor(@Inject(centralParts) private readonly parts: CentralParts) {
    this.login = new OfficeLogin(parts.db, parts.ports);
    this.attempts = new Attempts(parts.db, parts.ports.clock, 'login');
  }

  /** Signs somebody in: the answer sets a cookie. */
  @Post('login')
  async signIn(
    @Body({ schema: loginSchema }) body: unknown,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    const typed = readBody(loginSchema, body);
    const token = await this.attempts.limit(
      request.ip,
      ({ code }) => code === 'LOGIN_WRONG',
      () => this.login.signIn(typed),
    );
    await reply
      .status(204)
      .headers({ 'set-cookie': cookieOf(token, isSecure(request)) })
      .send();
  }

  /** Ends the session. */
  @Post('logout')
  async signOut(@Req() request: HttpRequest, @Res() reply: HttpReply): Promise<void> {
    const { session } = callingOffice(request);
    if (session) await endSession(this.parts.db, session, this.parts.ports);
    await reply
      .status(204)
      .headers({ 'set-cookie': cookieOf(null, isSecure(request)) })
      .send();
  }

  /** Who asks. */
  @Get('me')
  me(@Req() request: HttpRequest): Me {
    const { tenant_id, actor: name, role, session } = callingOffice(request);
    return { user_id: session?.user_id ?? null, username: session?.username ?? null, name, role, tenant_id };
  }

  /** Gives oneself another password; every session of the account ends, this one too. */
  @Post('me/password')
  @HttpCode(204)
  async changePassword(@Body({ schema: ownPasswordSchema }) body: unknown, @Req() request: HttpRequest): Promise<void> {
    const { session, tenant_id } = callingOffice(request);
    if (!session) throw new Problem(404, 'USER_UNKNOWN', 'A program has no password.');
    const { password, new_password } = readBody(ownPasswordSchema, body);
    await this.login.confirm(session, password);
    await changeUser(
      this.parts.db,
      { tenant_id, user_id: session.user_id },
      { password: new_password },
      this.parts.ports,
    );
  }

  /** Everybody who has an account. */
  @Get('users')
  async users(@Req() request: HttpRequest): Promise<Items<User>> {
    return { items: await listUsers(this.parts.db, callingTenant(request)) };
  }

  /** Makes an account. */
  @Post('users')
  add(@Body({ schema: newUserSchema }) body: unknown, @Req() request: HttpRequest): Promise<User> {
    return addUser(this.parts.db, callingTenant(request), readBody(newUserSchema, body), this.parts.ports);
  }

  /** Changes an account; all but another name ends its sessions at once. */
  @Put('users/:user_id')
  change(
    @Param('user_id') user_id: string,
    @Body({ schema: userChangeSchema }) body: unknown,
    @Req() request: HttpRequest,
  ): Promise<User> {
    const change = readBody(userChangeSchema, body);
    if (!isUuid(user_id)) throw new Problem(404, 'USER_UNKNOWN', 'There is no such account.');
    return changeUser(this.parts.db, { tenant_id: callingTenant(request), user_id }, change, this.parts.ports);
  }
}

const isSecure = ({ headers }: HttpRequest): boolean => String(headers['origin'] ?? '').startsWith('https:');
