import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { commandHandlers } from './commands/handlers.js';
import { Recorder } from './recorder.js';

/** The commands of a terminal on its recorder: all that a till does, without a server. */
@Module({})
export class CommandModule {
  /** @param recorder the one that every command records with */
  static on(recorder: Recorder): DynamicModule {
    return {
      module: CommandModule,
      imports: [CqrsModule.forRoot()],
      providers: [{ provide: Recorder, useValue: recorder }, ...commandHandlers],
      exports: [CqrsModule, Recorder],
    };
  }
}
