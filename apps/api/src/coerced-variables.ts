/**
 * What a request sends in its variables, made into what resolvers are given. graphql-js keeps the path of every value for an
 * error that nearly never comes; a report has some hundred of them, and that was the dearest part of taking it. Here a
 * function is made once for each input type. What it does not take, for whatever reason, goes the way of graphql-js, which
 * says what is wrong; what it takes is what graphql-js would have given (coerced-variables.spec.ts holds the two together).
 */
import {
  type DocumentNode,
  type GraphQLInputType,
  GraphQLScalarType,
  GraphQLSchema,
  isInputType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';

/** What is not taken here. */
export const LEFT = Symbol('left to graphql-js');
type Coerce = (value: unknown) => unknown;

/** A variable that has been made what it should be. */
const Coerced = new GraphQLScalarType({ name: 'Coerced', parseValue: (value) => value });

type Prepared = { document: DocumentNode; variables: { name: string; coerce: Coerce }[] };

export class CoercedVariables {
  private readonly known = new WeakMap<DocumentNode, Prepared | null>();
  private readonly types = new WeakMap<GraphQLInputType, Coerce>();
  private coerced: GraphQLSchema | undefined;

  /** As Mercurius asks before it executes: what to execute instead, or nothing. One schema only, the first. */
  readonly instead = (
    schema: GraphQLSchema,
    document: DocumentNode,
    given: Record<string, unknown> | null | undefined,
  ): { schema: GraphQLSchema; document: DocumentNode; variables: Record<string, unknown> } | undefined => {
    let prepared = this.known.get(document);
    if (prepared === undefined) {
      prepared = this.prepare(schema, document);
      this.known.set(document, prepared);
    }
    if (!prepared || !given) return undefined;
    const variables: Record<string, unknown> = {};
    for (const { name, coerce } of prepared.variables) {
      const value = Object.hasOwn(given, name) ? coerce(given[name]) : LEFT;
      if (value === LEFT) return undefined;
      variables[name] = value;
    }
    this.coerced ??= withCoerced(schema);
    return { schema: this.coerced, document: prepared.document, variables };
  };

  /** @returns null where there is nothing to gain, or more than one operation to choose from */
  private prepare(schema: GraphQLSchema, document: DocumentNode): Prepared | null {
    const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    const [operation] = operations as OperationDefinitionNode[];
    const definitions = operation?.variableDefinitions ?? [];
    if (operations.length !== 1 || operation!.operation !== 'mutation' || definitions.length === 0) return null;
    const variables: Prepared['variables'] = [];
    for (const { variable, type } of definitions) {
      const wanted = typeFromAST(schema, type as never) as GraphQLInputType | undefined;
      if (!wanted || !isInputType(wanted)) return null;
      variables.push({ name: variable.name.value, coerce: this.coerceOf(wanted) });
    }
    const name = { kind: Kind.NAME, value: Coerced.name } as const;
    const replaced: OperationDefinitionNode = {
      ...operation!,
      variableDefinitions: definitions.map((definition) => ({ ...definition, type: { kind: Kind.NAMED_TYPE, name } })),
    };
    return {
      document: {
        ...document,
        definitions: document.definitions.map((one) => (one === operation ? replaced : one)),
      },
      variables,
    };
  }

  /** The function of a type; LEFT for what it does not take. */
  coerceOf(type: GraphQLInputType): Coerce {
    let coerce = this.types.get(type);
    if (!coerce) {
      // A type may hold itself.
      this.types.set(type, (value) => this.types.get(type)!(value));
      coerce = this.make(type);
      this.types.set(type, coerce);
    }
    return coerce;
  }

  private make(type: GraphQLInputType): Coerce {
    if (isNonNullType(type)) {
      const coerce = this.coerceOf(type.ofType as GraphQLInputType);
      return (value) => (isNothing(value) ? LEFT : coerce(value));
    }
    if (isListType(type)) {
      const coerce = this.coerceOf(type.ofType);
      return (value) => {
        if (isNothing(value)) return null;
        if (!Array.isArray(value)) return LEFT;
        const items = new Array<unknown>(value.length);
        for (let at = 0; at < value.length; at++) {
          const item = coerce(value[at]);
          if (item === LEFT) return LEFT;
          items[at] = item;
        }
        return items;
      };
    }
    if (isLeafType(type))
      return (value) => {
        if (isNothing(value)) return null;
        try {
          const parsed: unknown = type.parseValue(value);
          return parsed === undefined ? LEFT : parsed;
        } catch {
          return LEFT;
        }
      };
    if (type.isOneOf) return () => LEFT;
    const fields = Object.values(type.getFields()).map((field) => ({
      name: field.name,
      coerce: this.coerceOf(field.type),
      needed: isNonNullType(field.type) && field.defaultValue === undefined,
      otherwise: field.defaultValue,
    }));
    const names = new Set(fields.map(({ name }) => name));
    return (value) => {
      if (isNothing(value)) return null;
      if (typeof value !== 'object' || Array.isArray(value)) return LEFT;
      for (const name in value) if (!names.has(name)) return LEFT;
      const coerced: Record<string, unknown> = {};
      for (const { name, coerce, needed, otherwise } of fields) {
        const part = (value as Record<string, unknown>)[name];
        if (part === undefined) {
          if (needed) return LEFT;
          if (otherwise !== undefined) coerced[name] = otherwise;
          continue;
        }
        const made = coerce(part);
        if (made === LEFT) return LEFT;
        coerced[name] = made;
      }
      return coerced;
    };
  }
}

const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;

/** The same schema, which knows of variables that are what they should be. */
function withCoerced(schema: GraphQLSchema): GraphQLSchema {
  const { types, ...config } = schema.toConfig();
  return new GraphQLSchema({ ...config, types: [...types, Coerced], assumeValid: true });
}
