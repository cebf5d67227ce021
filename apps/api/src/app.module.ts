/** The API's rooms and its door: GraphQL at /graphql, files and health beside it. */
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type DocumentNode, Location, NoSchemaIntrospectionCustomRule } from 'graphql';
import type { Logger } from 'pino';
import { DataSource } from 'typeorm';
import { AccessModule } from '#access';
import { Clock, type Config, CoreModule, newMetrics, Problem, Readiness, Registry } from '#core';
import { ExportsModule } from '#exports';
import { MailModule } from '#mail';
import { OrganisationsModule } from '#organisations';
import { ProgrammesModule } from '#programmes';
import { RemindersModule } from '#reminders';
import { ReportingModule } from '#reporting';
import { RollupsModule } from '#rollups';
import { BouncesController } from './bounces.controller.js';
import { CallerGuard } from './caller.guard.js';
import { CoercedVariables } from './coerced-variables.js';
import { GRAPHQL_TYPE } from './door.js';
import { DownloadsController } from './downloads.controller.js';
import { FormsController } from './forms.controller.js';
import { HealthController } from './health.controller.js';
import { ProblemFilter, Problems } from './problem.formatter.js';
import { LONGEST_DOCUMENT, queryLimits } from './query-limits.js';
import { AccessResolver } from './resolvers/access.resolver.js';
import { ClosingsResolver } from './resolvers/closings.resolver.js';
import { DraftsResolver } from './resolvers/drafts.resolver.js';
import { ExportsResolver } from './resolvers/exports.resolver.js';
import { HistoryResolver } from './resolvers/history.resolver.js';
import { LocalUnitsResolver } from './resolvers/local-units.resolver.js';
import { ObligationsResolver } from './resolvers/obligations.resolver.js';
import { ProgrammesResolver } from './resolvers/programmes.resolver.js';
import { QuestionsResolver } from './resolvers/questions.resolver.js';
import { RemindersResolver } from './resolvers/reminders.resolver.js';
import { ReportingResolver } from './resolvers/reporting.resolver.js';
import { RollupsResolver } from './resolvers/rollups.resolver.js';
import { UnitsResolver } from './resolvers/units.resolver.js';
import { ScansController } from './scans.controller.js';
import { tellOperations } from './told.js';
import { WrittenAnswers } from './written-answers.js';

/** Everything that resolves: list it = the API. */
export const resolvers = [
  AccessResolver,
  UnitsResolver,
  ProgrammesResolver,
  ReportingResolver,
  DraftsResolver,
  RemindersResolver,
  HistoryResolver,
  RollupsResolver,
  ClosingsResolver,
  ExportsResolver,
  ObligationsResolver,
  LocalUnitsResolver,
  QuestionsResolver,
];

@Module({})
export class AppModule {
  static with(parts: { config: Config; clock: Clock; dataSource: DataSource; log: Logger }): DynamicModule {
    const open = parts.config.environment !== 'production';
    const problems = new Problems(parts.log);
    const written = new WrittenAnswers();
    const coerced = new CoercedVariables();
    return {
      module: AppModule,
      imports: [
        CoreModule.with(parts),
        AccessModule,
        OrganisationsModule,
        ProgrammesModule,
        ReportingModule,
        RollupsModule,
        ExportsModule,
        RemindersModule,
        MailModule,
        GraphQLModule.forRoot<MercuriusDriverConfig>({
          driver: MercuriusDriver,
          autoSchemaFile: true,
          sortSchema: true,
          transformSchema: (schema) => tellOperations(schema, resolvers),
          path: '/graphql',
          graphiql: open,
          allowBatchedQueries: false,
          context: (request: FastifyRequest) => ({ request, sent: takeVariables(request) }),
          errorFormatter: (execution, context) => {
            const { request, reply } = context as unknown as { request?: FastifyRequest; reply?: FastifyReply };
            // An error takes the media type away that the door has set.
            if (reply && request?.headers.accept?.includes(GRAPHQL_TYPE)) reply.type(`${GRAPHQL_TYPE}; charset=utf-8`);
            return problems.format(execution, request);
          },
          // What is sent is checked at the door; Mercurius' own schema of the answer would turn numbers in a path into text.
          additionalRouteOptions: { schema: {} },
          validationRules: open ? [queryLimits] : [queryLimits, NoSchemaIntrospectionCustomRule],
          graphql: { parseOptions: { maxTokens: LONGEST_DOCUMENT.tokens } },
          hooks: {
            preValidation: async (_, document) => mustBeParsed(document),
            preExecution: async (schema, document, context, inAddress) => {
              const variables = (context as unknown as { sent?: Variables }).sent ?? inAddress;
              return {
                variables,
                ...(written.instead(schema, document, context) ?? coerced.instead(schema, document, variables)),
              };
            },
          },
          // Documents kept, with what validation found in them: few enough that the longest ones fit into memory.
          cache: 256,
        }),
      ],
      controllers: [HealthController, DownloadsController, FormsController, ScansController, BouncesController],
      providers: [
        ...resolvers,
        { provide: Readiness, useValue: new Readiness(parts.dataSource) },
        { provide: Registry, useFactory: () => newMetrics('api', parts.dataSource) },
        { provide: APP_GUARD, useClass: CallerGuard },
        { provide: APP_FILTER, useValue: new ProblemFilter(problems) },
      ],
    };
  }
}

type Variables = Record<string, unknown>;

/**
 * The variables of a body, which is left without them: Mercurius would make them what they should be once to find errors,
 * before it asks what to execute instead, and once more to execute. What executes finds the same errors.
 */
function takeVariables({ body }: FastifyRequest): Variables | undefined {
  const sent = body as { variables?: Variables | null } | undefined;
  const variables = sent?.variables ?? undefined;
  if (variables) sent!.variables = undefined;
  return variables;
}

/** Mercurius takes a document as a tree in JSON too, past the parser and its limit: not from outside. */
function mustBeParsed(document: DocumentNode | null): void {
  if (!(document?.loc instanceof Location))
    throw new Problem('request.invalid', { reason: 'query: a GraphQL document' });
}
