using System.Numerics;

namespace Exchange.Privacy.SafeTables;

/// <summary>
/// The second test of a finished table, from the records and what the table says, with none of what made it but the arithmetic of the
/// rules: that its blocks are a partition, are described truly, and each pass every rule.
/// </summary>
internal static class TableAudit
{
    public static RuleFailure? FirstFailure(TableBuild build, AtomIndex atoms, bool isSegment = false)
    {
        var (table, data) = (build.Table, atoms.Data);
        var blockOf = build.Assignment.KnownBlocksOf(atoms);
        var ranks = LabelMap.RanksIn(data.Layout, table);
        var caps = SensitiveCaps.Of(atoms, table.Rules);
        int[][] descriptions = [.. table.CountBlocks.Select(block => LabelMap.Translate(block.Description, ranks))];
        var records = table.CountBlocks.Select(_ => new List<int>()).ToArray();
        for (var atom = 0; atom < atoms.Count && table.CountBlocks.Count > 0; atom++)
        {
            if (blockOf[atom] < 0)
            {
                // The rows that wait are not in their segment; a table has all rows.
                if (isSegment)
                {
                    continue;
                }

                return new(DisclosureRule.Consistency);
            }

            var description = descriptions[blockOf[atom]];
            if (!Descriptions.Covers(description, atoms.CodesOf(atom)))
            {
                return new(DisclosureRule.Consistency);
            }

            if (Descriptions.LengthOf(description) > caps[atom])
            {
                return new(DisclosureRule.Sensitive);
            }

            records[blockOf[atom]].AddRange(atoms.RecordsOf(atom));
        }

        return FailureOfCounts(table, data, records) ?? FailureOfLayers(table, data, records);
    }

    private static RuleFailure? FailureOfCounts(SafeTable table, UnitContributions data, List<int>[] records)
    {
        var numbers = Enumerable.Range(0, records.Length).ToArray();
        var failures = Parallelism.Map(numbers, () => new AuditUnits(data, table.Rules), (of, number) => FailureOfCount(table, data, table.CountBlocks[number], of, records[number]));
        return Array.Find(failures, failure => failure is not null);
    }

    private static RuleFailure? FailureOfCount(SafeTable table, UnitContributions data, CountBlock block, AuditUnits of, List<int> records)
    {
        var rows = 0L;
        of.Begin(records.Count);
        foreach (var record in records)
        {
            of.NumberOf(record);
            rows += data.RowsOf(record);
        }

        var units = data.Layout.UnitIsRow ? records.Count : of.Count;
        return units < table.Rules.MinUnits ? new(DisclosureRule.Threshold)
            : table.Rules.RoundTo <= 1 && (units < block.UnitsLeast || units > block.UnitsMost || (table.RowsAreUnits && rows != block.UnitsMost)) ? new(DisclosureRule.Consistency)
            : null;
    }

    private static RuleFailure? FailureOfLayers(SafeTable table, UnitContributions data, List<int>[] records)
    {
        var plans = LayerPlan.Of(data.Layout, !table.RowsAreUnits);
        for (var i = 0; i < plans.Length; i++)
        {
            var blocks = table.Layers[i].Blocks;
            if (!blocks.SelectMany(block => block.Members).Order().SequenceEqual(Enumerable.Range(0, records.Length)))
            {
                return new(DisclosureRule.Consistency);
            }

            var plan = plans[i];
            var failures = Parallelism.Map(blocks, () => new AuditUnits(data, table.Rules), (units, block) =>
                block.Withheld ? null : FailureOf(block, plan, table, data, units, [.. block.Members.SelectMany(member => records[member])]));
            if (Array.Find(failures, failure => failure is not null) is { } first)
            {
                return first;
            }
        }

        return null;
    }

    private static RuleFailure? FailureOf(ValueBlock block, LayerPlan plan, SafeTable table, UnitContributions data, AuditUnits of, int[] records)
    {
        if (plan.HasRows)
        {
            var several = false;
            of.Begin(records.Length);
            foreach (var record in records)
            {
                of.Add(record, 1, data.RowsOf(record), data.RowsOf(record), 0, 0);
            }

            foreach (ref readonly var unit in of.Sums)
            {
                several |= unit.Gross > 1;
            }

            if (several && Failure(of, of.Sums, 0, table.Rules, valuesOnly: false) is { } rule)
            {
                return new(rule);
            }
        }

        foreach (var measure in plan.Measures)
        {
            var layout = data.Layout.Measures[measure];
            var figures = Array.IndexOf(plan.Published, measure) is var position && position >= 0 ? block.Figures![position] : null;
            if (layout.Use != MeasureUse.Product && FailureOf(measure, figures, table.Rules, data, of, records) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    private static RuleFailure? FailureOf(int measure, MeasureFigures? figures, TableRules rules, UnitContributions data, AuditUnits of, int[] records)
    {
        var (layout, columns) = (data.Layout.Measures[measure], data.Measure(measure));
        var (slack, values) = (Int128.Zero, 0L);
        of.Begin(records.Length);
        foreach (var record in records)
        {
            if (columns.ValuesOf(record) > 0)
            {
                var (_, gross, least, greatest) = columns.Read(record);
                var fromNearest = columns.Shifted ? columns.FromNearestOf(record) : gross;
                of.Add(record, columns.ValuesOf(record), gross, fromNearest, least, greatest);
                slack += columns.SlackOf(record);
                values += columns.ValuesOf(record);
            }
        }

        var units = of.Sums;
        var several = false;
        foreach (ref readonly var unit in units)
        {
            several |= unit.Values > 1;
        }

        var rule = Failure(of, units, slack, rules, valuesOnly: false) ?? SpreadFailure(units, layout, rules)
            ?? (figures?.SquaredDeviations is null ? null : FigureAudit.SquaresFailure(measure, rules, data, of, records))
            ?? (figures?.Histogram is null ? null : FigureAudit.HistogramFailure(figures.Histogram, measure, rules, data, records));
        if (rule is null && figures is not null && several)
        {
            rule = Failure(of, units, 0, rules, valuesOnly: true);
        }

        if (rule is null && figures is not null && !data.Layout.UnitIsRow)
        {
            var lacking = records.Where(record => columns.ValuesOf(record) < data.RowsOf(record)).Select(data.UnitOf).Distinct().Take(rules.MinSpread).Count();
            rule = DisclosureRules.PassesMissing(lacking, rules.MinSpread) ? null : DisclosureRule.Missing;
        }

        if (rule is null && figures is not null && rules.RoundTo <= 1 && figures.Values != values)
        {
            rule = DisclosureRule.Consistency;
        }

        return rule is { } fails ? new(fails, measure) : null;
    }

    /// <summary>Rules 1 to 3, of what units have, or of how many values that is.</summary>
    private static DisclosureRule? Failure(AuditUnits of, ReadOnlySpan<UnitSums> units, Int128 slack, TableRules rules, bool valuesOnly)
    {
        if (units.Length < rules.MinUnits)
        {
            return DisclosureRule.Threshold;
        }

        var gross = of.Room(units.Length, out var counted);
        for (var i = 0; i < units.Length; i++)
        {
            ref readonly var unit = ref units[i];
            gross[i] = valuesOnly ? -unit.Values : -unit.Gross;
            counted[i] = valuesOnly ? -unit.Values : -unit.FromNearest;
        }

        var known = rules.Coalition + 1;
        FirstSorted(gross, Math.Max(1, rules.DominanceUnits));
        FirstSorted(counted, known);
        var (total, countedTotal) = (FigureAudit.Total(gross), FigureAudit.Total(counted));
        var remains = countedTotal - FigureAudit.Total(counted[..Math.Min(known, counted.Length)]) - slack;
        var p = of.P;
        if (remains * p.Denominator < p.Numerator * -gross[0])
        {
            return DisclosureRule.Estimate;
        }

        var dominance = of.Dominance;
        return (FigureAudit.Total(gross[..Math.Min(gross.Length, rules.DominanceUnits)]) + slack) * dominance.Denominator > dominance.Numerator * total ? DisclosureRule.Dominance : null;
    }

    /// <summary>Brings the smallest few to the front, in order; the others stay behind in any order.</summary>
    internal static void FirstSorted(Span<Int128> numbers, int first)
    {
        if (first > 8)
        {
            numbers.Sort();
            return;
        }

        for (var place = 0; place < Math.Min(first, numbers.Length); place++)
        {
            var least = place;
            for (var i = place + 1; i < numbers.Length; i++)
            {
                least = numbers[i] < numbers[least] ? i : least;
            }

            (numbers[place], numbers[least]) = (numbers[least], numbers[place]);
        }
    }

    /// <summary>A value that all but fewer than spread units have alone is that of one among any so many units.</summary>
    private static DisclosureRule? SpreadFailure(ReadOnlySpan<UnitSums> units, MeasureLayout layout, TableRules rules)
    {
        var spread = layout.YesNo ? rules.MinUnits : rules.MinSpread;
        for (var candidate = 0; candidate < Math.Min(spread, units.Length); candidate++)
        {
            var (value, others) = (units[candidate].Least, 0);
            foreach (ref readonly var unit in units)
            {
                others += unit.Least != value || unit.Greatest != value || (layout.ZeroHarmless && value == 0) ? 1 : 0;
            }

            if (others < spread)
            {
                return DisclosureRule.Spread;
            }
        }

        return units.Length < spread ? DisclosureRule.Spread : null;
    }
}
