import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { z } from 'zod';
import { SignIn, type SignedIn } from '../sign-in.js';
import { loginSchema } from './requests.js';
import { Open, Token } from './signed-in.js';

/** Who works at the till. */
@Controller('v1')
export class LoginController {
  constructor(private readonly signIn: SignIn) {}

  /** Signs in with a PIN, without any network. */
  @Open()
  @Post('login')
  @HttpCode(200)
  login(@Body({ schema: loginSchema }) body: z.infer<typeof loginSchema>): Promise<SignedIn> {
    return this.signIn.signIn(body);
  }

  /** Ends the token that came with it. */
  @ApiBearerAuth()
  @Post('logout')
  @HttpCode(204)
  logout(@Token() token: string): void {
    this.signIn.signOut(token);
  }
}
