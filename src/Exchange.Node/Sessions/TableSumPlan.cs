using System.Collections.Immutable;
using Exchange.Node.Noise;
using Exchange.Node.SafeTables;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Node.Sessions;

/// <summary>
/// The figures of <c>table</c>: of the cohort's parts that lie whole in a group and in the filters. What lies across is in no group, and a group
/// without a part for one of its counts is none: nobody says how many rows it has.
/// </summary>
internal sealed class TableSumPlan : ExactSumPlan
{
    private readonly CohortTables _tables;
    private readonly Fragment _fragment;
    private readonly int[] _figures;
    private readonly Dictionary<int, int>[] _groups;

    private TableSumPlan(IReadOnlyList<object?[]> groups, Part[] parts, Fragment fragment, CohortTables tables, int[] figures, Dictionary<int, int>[] groupsOfParts)
        : base(groups, parts)
    {
        (_fragment, _tables, _figures, _groups) = (fragment, tables, figures, groupsOfParts);
        var byAggregate = Enumerable.Range(0, _groups.Length).Select(PartsOf).ToList();
        PartsTold = [.. byAggregate.SelectMany(told => told)];
        PartsNotInEveryFigure = PartsTold.Count(part => byAggregate.Exists(told => !told.Contains(part)));
    }

    /// <summary>Of <see cref="CohortTables.Counts"/>, those that go into some group.</summary>
    public ImmutableHashSet<int> PartsTold { get; }

    /// <summary>How many parts go into none: they lie across groups or outside of the filters, or some member withholds what is asked of them.</summary>
    public int PartsLeftOut => _tables.Counts.Parts.Length - PartsTold.Count;

    /// <summary>How many parts go into a group with some of its figures, and not with others.</summary>
    public int PartsNotInEveryFigure { get; }

    /// <summary>Plans an approved question.</summary>
    /// <param name="approved">The question.</param>
    /// <param name="query">As it is signed.</param>
    /// <param name="tables">Its cohort's tables.</param>
    /// <exception cref="ExchangeException">
    /// <see cref="Reasons.NoCommonParts"/>; <see cref="Reasons.TooManyGroups"/>; <see cref="Reasons.NotInTable"/>; what <see cref="ExactSumPlan"/> and filters of <c>table</c> refuse.
    /// </exception>
    public static new TableSumPlan Of(ApprovedFragment approved, JointQuery query, CohortTables tables)
    {
        var parts = PartsOf(approved, query.Cohort.Participants.Count);
        RequireDimensions(query.Fragment, approved.Product, tables);
        var figures = TableFigure.AllOf(query.Fragment).ToList();
        int[] figureOf = [.. query.Fragment.Aggregates.Select(aggregate => figures.IndexOf(TableFigure.Of(aggregate)))];
        var places = new DescriptionPlaces(query.Fragment, approved.Product, tables.Dimensions);
        var keysOfParts = query.Fragment.Aggregates.Select((aggregate, at) => KeysOfParts(query.Fragment, aggregate, tables.ByFigure[figureOf[at]], places)).ToList();
        var counts = query.Fragment.Aggregates.Select((aggregate, at) => (aggregate.Kind, at)).Where(one => one.Kind is AggregateKind.CountRows or AggregateKind.Count).Select(one => one.at).ToList();
        object?[][] groups = [.. keysOfParts.SelectMany(keys => keys.Values).Distinct(KeyComparer.Instance)
            .Where(key => counts.TrueForAll(count => keysOfParts[count].Values.Contains(key, KeyComparer.Instance)))
            .OrderBy(TextOf, StringComparer.Ordinal)];
        if (groups.Length == 0)
        {
            throw Reasons.NoCommonParts.Because(
                $"No part of the tables that at least {query.Cohort.MinNodes} participants have rows in lies whole in a group of the question and its filters.", "Group and filter by fewer or coarser columns, or ask more participants.");
        }

        var most = Math.Min(approved.CellsMax, SumLayout.WordsMax / WordsOf(parts));
        if (groups.Length > most)
        {
            throw Reasons.TooManyGroups.Because($"A secure sum of these figures has room for {most} groups, and the tables have more.", "Group by fewer or coarser columns, or ask for fewer figures.");
        }

        var numbers = groups.Select((key, number) => (key, number)).ToDictionary(group => group.key, group => group.number, KeyComparer.Instance);
        return new TableSumPlan(groups, parts, query.Fragment, tables, figureOf,
            [.. keysOfParts.Select(keys => keys.Where(part => numbers.ContainsKey(part.Value)).ToDictionary(part => part.Key, part => numbers[part.Value]))]);
    }

    /// <summary>Whether, over these members alone, a part that goes into a group would be of some of an atom and of fewer than enough.</summary>
    public bool IsTooThin(Cohort cohort, RosterAtoms survivors) => PartsTold
        .Any(part => !survivors.IsEnoughOfEach(
            _tables.Counts.Parts[part].Members.Select(cohort.IndexOf).Where(survivors.Members.Contains), cohort.SurvivorsMin, cohort.AskerPosition));

    /// <summary>What would be told over these members.</summary>
    public ToldTable Told(ParticipantSet survivors) => _tables.Told(PartsTold, survivors);

    /// <summary>A member's own figures of each group that its blocks go into.</summary>
    public IReadOnlyDictionary<int, PartialState[]> ValuesOf(LiveTable live)
    {
        var blocks = new TableBlocks(live);
        var values = new Dictionary<int, PartialState[]>();
        for (var aggregate = 0; aggregate < _groups.Length; aggregate++)
        {
            foreach (var (description, state) in StatesOf(_fragment.Aggregates[aggregate], live, blocks))
            {
                if (PartitionOf(aggregate).PartOf([.. blocks.LabelsOf(description)]) is not { } part || !_groups[aggregate].TryGetValue(part, out var group))
                {
                    continue;
                }

                if (!values.TryGetValue(group, out var states))
                {
                    values.Add(group, states = new PartialState[_groups.Length]);
                }

                states[aggregate] = Add(states[aggregate], state);
            }
        }

        return values;
    }

    private HashSet<int> PartsOf(int aggregate) =>
        [.. _groups[aggregate].Keys.SelectMany(part => PartitionOf(aggregate).Parts[part].Descriptions).Select(description => _tables.Counts.PartOf(description.AsSpan())!.Value)];

    private CohortPartition PartitionOf(int aggregate) => _tables.ByFigure[_figures[aggregate]];

    // A figure of several blocks stands in the part of all of them.
    private static IEnumerable<(IReadOnlyList<int> Description, PartialState State)> StatesOf(Aggregate aggregate, LiveTable live, TableBlocks blocks)
    {
        if (aggregate.Kind == AggregateKind.CountRows)
        {
            return live.Table.RowsAreUnits
                ? blocks.CountBlocks.Select(block => (block.Description, new PartialState(block.UnitsMost)))
                : blocks.ValueBlocks(-1).Where(one => !one.Block.Withheld).Select(one => (one.Table.CountBlocks[one.Block.Members[0]].Description, new PartialState(one.Block.Rows!.Value)));
        }

        var measure = blocks.MeasureOf(aggregate.Argument.Column);
        return from one in blocks.ValueBlocks(measure)
               where !one.Block.Withheld
               let figures = one.Block.Figures![TableBlocks.PlaceOf(one.Layer, measure)]
               where aggregate.Kind != AggregateKind.Moments || figures.SquaredDeviations is not null
               select (one.Table.CountBlocks[one.Block.Members[0]].Description, TableStates.Of(aggregate, figures, live.Table.Measures[measure]));
    }

    private static PartialState Add(in PartialState one, in PartialState other) => new(one.Count + other.Count, checked(one.Exact + other.Exact), X: one.X + other.X, XX: one.XX + other.XX);

    // Per part that lies whole in a group, and in the filters, the group's key.
    private static Dictionary<int, object?[]> KeysOfParts(Fragment fragment, Aggregate aggregate, CohortPartition partition, DescriptionPlaces places)
    {
        var keys = new Dictionary<int, object?[]>();
        for (var part = 0; part < partition.Parts.Length; part++)
        {
            if (KeyOf(fragment, aggregate, partition.Parts[part], places) is { } key)
            {
                keys.Add(part, key);
            }
        }

        return keys;
    }

    private static object?[]? KeyOf(Fragment fragment, Aggregate aggregate, CohortPart part, DescriptionPlaces places)
    {
        object?[]? common = null;
        foreach (var description in part.Descriptions)
        {
            var isIn = new[] { fragment.Where, aggregate.Filter }.OfType<Expression>().All(condition => places.TruthOf(condition, description) == true);
            if (!isIn || places.GroupOf(description) is not { } key || (common is not null && !KeyComparer.Instance.Equals(common, key)))
            {
                return null;
            }

            common ??= key;
        }

        return common;
    }

    private static void RequireDimensions(Fragment fragment, Product product, CohortTables tables)
    {
        foreach (var name in fragment.GroupBy.Append(fragment.Where).Concat(fragment.Aggregates.Select(aggregate => aggregate.Filter)).OfType<Expression>().SelectMany(CoarserDimensions.NamesIn))
        {
            if (!tables.Dimensions.Contains(name) && product.Columns.ContainsKey(name))
            {
                throw Reasons.NotInTable.Because($"The participants' tables do not have the dimension {name}.", $"Ask about {string.Join(", ", tables.Dimensions)}.");
            }
        }
    }

    private static string TextOf(object?[] key) => string.Concat(key.Select(one => one is null ? "-;" : $"{TableLabels.TextOf(one).Length}:{TableLabels.TextOf(one)};"));
}
