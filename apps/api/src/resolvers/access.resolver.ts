/** Who am I, and the tokens of the units below. */
import { Args, Field, Int, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import {
  type Caller,
  Can,
  type IssuedToken,
  type Role,
  type TokenState,
  TokensService,
  type Verb,
  verbsOf,
} from '#access';
import { WhoCalls } from '../caller.guard.js';
import { asPage, pageOf, RoleEnum } from '../models/shared.js';

@ObjectType({ description: 'The account behind the token.' })
export class Me {
  @Field() unitCode!: string;
  @Field(() => Int) unitLevel!: number;
  @Field(() => RoleEnum) role!: Role;
  @Field(() => [String], { description: 'What this account may do' }) verbs!: Verb[];
}

@ObjectType('IssuedToken', { description: 'The secret is shown here once and never again.' })
export class IssuedTokenModel implements IssuedToken {
  @Field() unitCode!: string;
  @Field() unitName!: string;
  @Field(() => RoleEnum) role!: Role;
  @Field() prefix!: string;
  @Field() token!: string;
  @Field(() => Date) expiresAt!: Date;
}

@ObjectType('Token')
export class TokenModel implements TokenState {
  @Field() unitCode!: string;
  @Field() unitName!: string;
  @Field(() => RoleEnum) role!: Role;
  @Field() label!: string;
  @Field() prefix!: string;
  @Field(() => Date) createdAt!: Date;
  @Field(() => Date) expiresAt!: Date;
  @Field(() => Date, { nullable: true, description: 'To the minute; null = never used' }) lastUsedAt!: Date | null;
  @Field(() => Date, { nullable: true }) revokedAt!: Date | null;
}
const TokenPage = pageOf(TokenModel, 'TokenPage');

@Resolver()
export class AccessResolver {
  constructor(private readonly tokensService: TokensService) {}

  @Query(() => Me)
  @Can('unit.read')
  me(@WhoCalls() caller: Caller): Me {
    return {
      unitCode: caller.unitCode,
      unitLevel: caller.unitLevel,
      role: caller.role,
      verbs: [...verbsOf[caller.role]],
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
      'One token for the unit, or for each unit directly below it. Earlier ones of the same role are revoked.',
  })
  @Can('token.manage')
  issueTokens(
    @WhoCalls() caller: Caller,
    @Args('unit') unit: string,
    @Args('role', { type: () => RoleEnum }) role: Role,
    @Args('children', { defaultValue: false, description: 'One for each unit directly below' }) children: boolean,
    @Args('days', { type: () => Int, defaultValue: 365 }) days: number,
  ) {
    return this.tokensService.issue(caller, { unitCode: unit, children, role, days });
  }

  @Mutation(() => Boolean, { description: 'Revokes one token at once.' })
  @Can('token.manage')
  async revokeToken(@WhoCalls() caller: Caller, @Args('prefix') prefix: string) {
    await this.tokensService.revoke(caller, prefix);
    return true;
  }
}
