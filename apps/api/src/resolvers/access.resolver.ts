/** Who am I, and the assignments and tokens of the units below. */
import { Args, Field, Int, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import {
  type Assignment,
  AssignmentsService,
  type Caller,
  Can,
  type IssuedToken,
  type Role,
  type TokenState,
  TokensService,
  type Verb,
} from '#access';
import { WhoCalls } from '../caller.guard.js';
import { asPage, pageOf, RoleEnum } from '../models/shared.js';
import { Refuses } from '../told.js';

@ObjectType({ description: 'The account behind the token.' })
export class Me {
  @Field() unitCode!: string;
  @Field(() => Int, { description: '0 nation, 1 province, 2 commune, 3 local unit' }) unitLevel!: number;
  @Field(() => RoleEnum) role!: Role;
  @Field(() => [String], { description: 'What this token may do' }) verbs!: Verb[];
  @Field(() => String, { nullable: true, description: 'Last day of the assignment; null = without end' }) until!:
    | string
    | null;
}

@ObjectType('Assignment', {
  description: 'A role on a unit, known by unit, role and label. Its tokens are keys to it.',
})
export class AssignmentModel implements Assignment {
  @Field() unitCode!: string;
  @Field() unitName!: string;
  @Field(() => RoleEnum) role!: Role;
  @Field() label!: string;
  @Field(() => String, { nullable: true, description: 'First day, YYYY-MM-DD; null = since it was made' }) from!:
    | string
    | null;
  @Field(() => String, { nullable: true, description: 'Last day, YYYY-MM-DD; null = without end' }) until!:
    | string
    | null;
  @Field(() => Date) createdAt!: Date;
  @Field(() => Date, { nullable: true, description: 'Ended by hand' }) endedAt!: Date | null;
  @Field(() => Int, { description: 'Tokens neither revoked nor expired' }) tokens!: number;
}
const AssignmentPage = pageOf(AssignmentModel, 'AssignmentPage');
const LABEL = { defaultValue: 'API', description: 'Tells assignments of one role on one unit apart' };

@ObjectType('IssuedToken', { description: 'The secret is shown here once and never again.' })
export class IssuedTokenModel implements IssuedToken {
  @Field() unitCode!: string;
  @Field() unitName!: string;
  @Field(() => RoleEnum) role!: Role;
  @Field() label!: string;
  @Field({ description: 'Its first characters: what revokeToken takes' }) prefix!: string;
  @Field({ description: 'The secret, bc57_…' }) token!: string;
  @Field(() => Date) expiresAt!: Date;
  @Field(() => [String]) verbs!: Verb[];
  @Field(() => [String], { nullable: true, description: 'Where it may be used from; null = anywhere' }) addresses!:
    | string[]
    | null;
  @Field(() => String, {
    nullable: true,
    description: 'Prefix of the valid token of the same unit, role and label that this one has ended',
  })
  replaced!: string | null;
}

@ObjectType('Token')
export class TokenModel implements TokenState {
  @Field() unitCode!: string;
  @Field() unitName!: string;
  @Field(() => RoleEnum) role!: Role;
  @Field() label!: string;
  @Field({ description: 'The first characters of the secret: what revokeToken takes' }) prefix!: string;
  @Field(() => [String], { nullable: true, description: 'What it is for; null = all that its role may' }) verbs!:
    | Verb[]
    | null;
  @Field(() => [String], { nullable: true, description: 'Where it may be used from; null = anywhere' }) addresses!:
    | string[]
    | null;
  @Field(() => Date) createdAt!: Date;
  @Field(() => Date) expiresAt!: Date;
  @Field(() => Date, { nullable: true, description: 'To the minute; null = never used' }) lastUsedAt!: Date | null;
  @Field(() => Date, { nullable: true }) revokedAt!: Date | null;
}
const TokenPage = pageOf(TokenModel, 'TokenPage');

@Resolver()
export class AccessResolver {
  constructor(
    private readonly tokensService: TokensService,
    private readonly assignmentsService: AssignmentsService,
  ) {}

  @Query(() => Me, { description: 'Whose token this is, and what it may do.' })
  @Can('unit.read')
  me(@WhoCalls() caller: Caller): Me {
    return {
      unitCode: caller.unitCode,
      unitLevel: caller.unitLevel,
      role: caller.role,
      verbs: [...caller.verbs],
      until: caller.until ?? null,
    };
  }

  @Query(() => TokenPage, { description: 'Tokens of a unit and the units directly below it.' })
  @Can('token.manage')
  async tokens(
    @WhoCalls() caller: Caller,
    @Args('unit') unit: string,
    @Args('unused', { defaultValue: false, description: 'Only those never used' }) unused: boolean,
    @Args('first', { type: () => Int, defaultValue: 50 }) first: number,
    @Args('after', { type: () => String, nullable: true }) after: string | null,
  ) {
    return asPage(await this.tokensService.list(caller, unit, { unused, first, after }));
  }

  @Mutation(() => [IssuedTokenModel], {
    description:
      'One token for the unit, or for each unit directly below it. Earlier ones of the same role and label are revoked. Nobody grants what they do not hold.',
  })
  @Can('token.manage')
  @Refuses('access.not_held', 'assignment.ended')
  issueTokens(
    @WhoCalls() caller: Caller,
    @Args('unit') unit: string,
    @Args('role', { type: () => RoleEnum }) role: Role,
    @Args('children', { defaultValue: false, description: 'One for each unit directly below' }) children: boolean,
    @Args('days', { type: () => Int, defaultValue: 365, description: '1–1096, until they expire' }) days: number,
    @Args('label', LABEL) label: string,
    @Args('verbs', { type: () => [String], nullable: true, description: 'Fewer than the role holds' }) verbs:
      | string[]
      | null,
    @Args('addresses', {
      type: () => [String],
      nullable: true,
      description: 'Where it may be used from: addresses or ranges (10.1.0.0/16)',
    })
    addresses: string[] | null,
  ) {
    return this.tokensService.issue(caller, { unitCode: unit, children, role, days, label, verbs, addresses });
  }

  @Query(() => AssignmentPage, { description: 'Assignments on a unit and the units directly below it.' })
  @Can('assignment.manage')
  async assignments(
    @WhoCalls() caller: Caller,
    @Args('unit') unit: string,
    @Args('first', { type: () => Int, defaultValue: 50 }) first: number,
    @Args('after', { type: () => String, nullable: true }) after: string | null,
  ) {
    return asPage(await this.assignmentsService.list(caller, unit, { first, after }));
  }

  @Mutation(() => AssignmentModel, {
    description: 'Assigns a role on a unit, or changes its days. Nobody grants what they do not hold.',
  })
  @Can('assignment.manage')
  @Refuses('access.not_held')
  setAssignment(
    @WhoCalls() caller: Caller,
    @Args('unit') unit: string,
    @Args('role', { type: () => RoleEnum }) role: Role,
    @Args('label', LABEL) label: string,
    @Args('from', { type: () => String, nullable: true, description: 'First day, YYYY-MM-DD' }) from: string | null,
    @Args('until', { type: () => String, nullable: true, description: 'Last day, YYYY-MM-DD' }) until: string | null,
  ) {
    return this.assignmentsService.set(caller, { unitCode: unit, role, label, from, until });
  }

  @Mutation(() => Boolean, { description: 'Ends an assignment and all its tokens at once.' })
  @Can('assignment.manage')
  @Refuses('assignment.not_found')
  async endAssignment(
    @WhoCalls() caller: Caller,
    @Args('unit') unit: string,
    @Args('role', { type: () => RoleEnum }) role: Role,
    @Args('label', LABEL) label: string,
  ) {
    await this.assignmentsService.end(caller, { unitCode: unit, role, label });
    return true;
  }

  @Mutation(() => Boolean, { description: 'Revokes one token at once.' })
  @Can('token.manage')
  @Refuses('token.not_found')
  async revokeToken(@WhoCalls() caller: Caller, @Args('prefix') prefix: string) {
    await this.tokensService.revoke(caller, prefix);
    return true;
  }
}
