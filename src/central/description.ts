import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { withExamples } from '../openapi/examples.js';
import { keysTo } from './authentication.js';
import { examples, refused } from './examples/examples.js';
import { sessionCookie } from './office-login.js';
import { problemCodes } from './problem.js';

const token = {
  type: 'http',
  scheme: 'bearer',
  description:
    'Of a terminal, as POST /v1/enrolments answers it, or of an administrator, as `tillog central admin` makes it.',
} as const;
const session = {
  type: 'apiKey',
  in: 'cookie',
  description: 'Of somebody who signed in with POST /v1/login. A change needs the header X-Tillog-Request, too.',
} as const;

/** Describes every route of central for programs, as OpenAPI. */
export const descriptionOf = (app: NestFastifyApplication) => {
  const about = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('tillog central')
    .setVersion('1')
    .addBearerAuth(token, 'bearer')
    .addCookieAuth(sessionCookie, session, 'cookie')
    .build();
  const document = SwaggerModule.createDocument(app, about);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of ['get', 'post', 'put'] as const) {
      const operation = item[method];
      if (operation) operation.security = keysTo(`${method.toUpperCase()} ${path}`).map((key) => ({ [key]: [] }));
    }
  }
  return withExamples(document, examples, { codes: problemCodes, example: refused });
};
