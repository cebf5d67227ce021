/**
 * How much one GraphQL document may ask for. Measured once per document, before it runs (Mercurius keeps what validation
 * found by the text of the document), so it costs a repeated question nothing. What a variable will hold is not known then:
 * a page size given as one counts as the largest page.
 */
import {
  type ASTVisitor,
  type FieldNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLField,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  type SelectionNode,
  type ValidationContext,
} from 'graphql';
import { LARGEST_PAGE, Problem } from '#core';

export const LONGEST_DOCUMENT = { tokens: 2000, characters: 65_536 };
const DEEPEST_DOCUMENT = 10;
const MOST_ALIASES = 20;
/** The whole of a large page: childTotals of 500 units with everything about every indicator comes to about 330,000. */
const MOST_VALUES = 500_000;

/** What a list without a page size is taken to hold: indicators, versions, targets. */
const USUAL_LIST = 10;
/** Arguments that say how many. */
const SIZES = ['first', 'count'];

type Measure = { values: number; depth: number; aliases: number };
const NOTHING: Measure = { values: 0, depth: 0, aliases: 0 };

/** A validation rule: reports each limit that an operation goes over. Introspection has limits of its own in graphql-js. */
export function queryLimits(context: ValidationContext): ASTVisitor {
  const known = new Map<string, Measure>();
  return {
    OperationDefinition(operation) {
      const root = context.getSchema().getRootType(operation.operation);
      const { values, depth, aliases } = measureAll(operation.selectionSet.selections, root ?? undefined, null);
      const refuse = (problem: Problem) =>
        context.reportError(new GraphQLError(problem.en, { nodes: operation, originalError: problem }));
      if (depth > DEEPEST_DOCUMENT) refuse(new Problem('query.too_deep', { most: DEEPEST_DOCUMENT }));
      if (aliases > MOST_ALIASES) refuse(new Problem('query.too_many_aliases', { most: MOST_ALIASES }));
      if (values > MOST_VALUES) refuse(new Problem('query.too_costly', { cost: values, most: MOST_VALUES }));
      return false;
    },
  };

  /** @param page how many each list directly below holds, when the field above has said so */
  function measureAll(
    selections: readonly SelectionNode[],
    parent: GraphQLCompositeType | undefined,
    page: number | null,
  ): Measure {
    const sum = { ...NOTHING };
    for (const selection of selections) {
      const part = measure(selection, parent, page);
      sum.values += part.values;
      sum.aliases += part.aliases;
      sum.depth = Math.max(sum.depth, part.depth);
    }
    return sum;
  }

  function measure(node: SelectionNode, parent: GraphQLCompositeType | undefined, page: number | null): Measure {
    if (node.kind === 'FragmentSpread') {
      const key = `${node.name.value} ${page}`;
      const fragment = context.getFragment(node.name.value);
      if (!known.has(key)) {
        known.set(key, NOTHING); // a fragment within itself: another rule refuses it
        if (fragment) known.set(key, measureAll(fragment.selectionSet.selections, parent, page));
      }
      return known.get(key)!;
    }
    if (node.kind === 'InlineFragment') return measureAll(node.selectionSet.selections, parent, page);
    const renamed = node.alias && node.alias.value !== node.name.value ? 1 : 0;
    if (node.name.value.startsWith('__')) return { values: 1, depth: 1, aliases: renamed };
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    const type = field && getNamedType(field.type);
    const below = measureAll(
      node.selectionSet?.selections ?? [],
      isCompositeType(type) ? type : undefined,
      field ? pageOf(node, field) : null,
    );
    const items = field && isListType(getNullableType(field.type)) ? (page ?? USUAL_LIST) : 1;
    return { values: items * (1 + below.values), depth: 1 + below.depth, aliases: renamed + below.aliases };
  }
}

/** How many a field is asked for: as written, the largest page for a variable, its default for nothing. */
function pageOf(node: FieldNode, field: GraphQLField<unknown, unknown>): number | null {
  const size = field.args.find(({ name }) => SIZES.includes(name));
  if (!size) return null;
  const given = node.arguments?.find(({ name }) => name.value === size.name)?.value;
  if (!given) return typeof size.defaultValue === 'number' ? size.defaultValue : LARGEST_PAGE;
  return given.kind === 'IntValue' ? Math.max(Number(given.value), 1) : LARGEST_PAGE;
}
