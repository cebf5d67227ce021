/** Variables made here are those that graphql-js makes: for any input over any value, well-formed or not. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  execute,
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  parse,
  validate,
} from 'graphql';
import { CoercedVariables } from './coerced-variables.js';

const Colour = new GraphQLEnumType({ name: 'Colour', values: { RED: { value: 'red' }, BLUE: { value: 'blue' } } });
const Even = new GraphQLScalarType({
  name: 'Even',
  parseValue: (value) => {
    if (typeof value !== 'number' || value % 2 !== 0) throw new TypeError('odd');
    return value === 0 ? undefined : { even: value };
  },
});
const Node: GraphQLInputObjectType = new GraphQLInputObjectType({
  name: 'Node',
  fields: () => ({
    must: { type: new GraphQLNonNull(GraphQLString) },
    text: { type: GraphQLString },
    count: { type: GraphQLInt, defaultValue: 7 },
    sure: { type: new GraphQLNonNull(GraphQLBoolean), defaultValue: true },
    colour: { type: Colour },
    even: { type: Even },
    tags: { type: new GraphQLList(new GraphQLNonNull(GraphQLString)) },
    grid: { type: new GraphQLList(new GraphQLList(GraphQLInt)) },
    below: { type: Node },
    nodes: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(Node))), defaultValue: [] },
  }),
});
const Either = new GraphQLInputObjectType({
  name: 'Either',
  isOneOf: true,
  fields: { one: { type: GraphQLInt }, other: { type: GraphQLString } },
});
const given: unknown[] = [];
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { a: { type: GraphQLInt } } }),
  mutation: new GraphQLObjectType({
    name: 'Mutation',
    fields: {
      put: {
        type: GraphQLBoolean,
        args: {
          node: { type: new GraphQLNonNull(Node) },
          list: { type: new GraphQLList(Colour) },
          count: { type: GraphQLInt, defaultValue: 3 },
          either: { type: Either },
        },
        resolve: (_, args) => {
          given.push(args);
          return true;
        },
      },
    },
  }),
});
const document = parse(`mutation Put($node: Node!, $list: [Colour], $count: Int = 5) {
  put(node: $node, list: $list, count: $count)
}`);

/** What the resolver was given, and what was answered. */
async function ran(run: { schema: GraphQLSchema; document: typeof document; variables: Record<string, unknown> }) {
  given.length = 0;
  const answer = await execute({ schema: run.schema, document: run.document, variableValues: run.variables });
  return { answer: JSON.parse(JSON.stringify(answer)), given: [...given] };
}

const junk = fc.constantFrom<unknown>(
  null,
  undefined,
  0,
  1,
  1.5,
  2,
  'x',
  '',
  true,
  'RED',
  'GREEN',
  [],
  ['RED', null],
  {},
  { a: 1 },
);
const mostly = (good: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: junk });
const { node } = fc.letrec((tie) => ({
  node: fc
    .record(
      {
        must: mostly(fc.string()),
        text: mostly(fc.option(fc.string())),
        count: mostly(fc.option(fc.integer({ min: -5, max: 5 }))),
        sure: mostly(fc.boolean()),
        colour: mostly(fc.constantFrom('RED', 'BLUE')),
        even: mostly(fc.constantFrom(2, 4)),
        tags: mostly(fc.array(fc.string(), { maxLength: 3 })),
        grid: mostly(fc.array(fc.array(fc.option(fc.nat(9)), { maxLength: 2 }), { maxLength: 2 })),
        below: fc.option(tie('node'), { maxDepth: 2 }),
        nodes: fc.array(tie('node'), { maxLength: 2, depthIdentifier: 'nodes' }),
        other: fc.constant(1),
      },
      { requiredKeys: ['must'] },
    )
    .map((made) =>
      Math.abs(JSON.stringify(made).length) % 9 === 0 ? made : without(made as Record<string, unknown>, 'other'),
    ),
}));
const without = (made: Record<string, unknown>, name: string) =>
  Object.fromEntries(Object.entries(made).filter(([key]) => key !== name));
const variables = fc.record(
  {
    node: mostly(node),
    list: mostly(fc.array(fc.option(fc.constantFrom('RED', 'BLUE')), { maxLength: 3 })),
    count: mostly(fc.integer({ min: -5, max: 5 })),
  },
  { requiredKeys: ['node', 'list', 'count'] },
);

describe('variables', () => {
  it('are what graphql-js makes of them, and what is wrong with them is said by graphql-js', async () => {
    expect(validate(schema, document)).toEqual([]);
    const coerced = new CoercedVariables();
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(variables, async (sent) => {
        const instead = coerced.instead(schema, document, sent as Record<string, unknown>);
        if (!instead) return;
        const plain = await ran({ schema, document, variables: sent as Record<string, unknown> });
        taken += 1;
        expect(await ran(instead)).toEqual(plain);
        expect(plain.answer.errors).toBeUndefined();
      }),
      { numRuns: 2000, seed: 57 },
    );
    // What is left to graphql-js is the exception: what is absent, what is one of several, what is wrong.
    const whole = { node: { must: 'm', nodes: [{ must: 'n', even: 2, grid: [[1, null]] }] }, list: ['RED'], count: 1 };
    const [full] = parse(
      'mutation ($node: Node!, $list: [Colour], $count: Int) { put(node: $node, list: $list, count: $count) }',
    ).definitions;
    const asked = { ...document, definitions: [full!] };
    expect(coerced.instead(schema, asked, whole)).toBeDefined();
    expect(coerced.instead(schema, asked, { ...whole, node: { ...whole.node, more: 1 } })).toBeUndefined();
    expect(taken).toBeGreaterThan(200);
  });

  it('of a question, of several operations, of one of several fields are left to graphql-js', () => {
    const coerced = new CoercedVariables();
    for (const text of [
      'query ($count: Int) { a }',
      'mutation ($e: Either, $n: Node!) { put(node: $n, either: $e) }',
      'mutation A($n: Node!) { put(node: $n) } mutation B { put(node: {must: ""}) }',
      'mutation { put(node: {must: ""}) }',
    ])
      expect(coerced.instead(schema, parse(text), { count: 1, n: { must: '' }, e: { one: 1 } })).toBeUndefined();
  });
});
