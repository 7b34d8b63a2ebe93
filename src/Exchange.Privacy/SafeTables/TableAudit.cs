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
        var blockOf = build.Assignment.BlocksOf(atoms);
        var ranks = LabelMap.RanksIn(data.Layout, table);
        var caps = SensitiveCaps.Of(atoms, table.Rules);
        var records = table.CountBlocks.Select(_ => new List<int>()).ToArray();
        for (var atom = 0; atom < atoms.Count && table.CountBlocks.Count > 0; atom++)
        {
            if (!build.Assignment.Has(atoms, atom))
            {
                // The rows that wait are not in their segment; a table has all rows.
                if (isSegment)
                {
                    continue;
                }

                return new(DisclosureRule.Consistency);
            }

            var description = LabelMap.Translate(table.CountBlocks[blockOf[atom]].Description, ranks);
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
        for (var i = 0; i < records.Length; i++)
        {
            var units = data.Layout.UnitIsRow ? records[i].Count : records[i].Select(data.UnitOf).ToHashSet().Count;
            var (rows, block) = (records[i].Sum(record => (long)data.RowsOf(record)), table.CountBlocks[i]);
            if (units < table.Rules.MinUnits)
            {
                return new(DisclosureRule.Threshold);
            }

            if (table.Rules.RoundTo <= 1 && (units < block.UnitsLeast || units > block.UnitsMost || (table.RowsAreUnits && rows != block.UnitsMost)))
            {
                return new(DisclosureRule.Consistency);
            }
        }

        return null;
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

            foreach (var block in blocks)
            {
                var failure = block.Withheld ? null : FailureOf(block, plans[i], table, data, [.. block.Members.SelectMany(member => records[member])]);
                if (failure is not null)
                {
                    return failure;
                }
            }
        }

        return null;
    }

    private static RuleFailure? FailureOf(ValueBlock block, LayerPlan plan, SafeTable table, UnitContributions data, int[] records)
    {
        if (plan.HasRows)
        {
            var rows = new Dictionary<int, Sums>();
            foreach (var record in records)
            {
                rows[data.UnitOf(record)] = rows.GetValueOrDefault(data.UnitOf(record)).Plus(1, data.RowsOf(record), data.RowsOf(record), 0, 0);
            }

            if (rows.Values.Any(unit => unit.Gross > 1) && Failure(rows.Values, 0, table.Rules, table.Rules.P) is { } rule)
            {
                return new(rule);
            }
        }

        foreach (var measure in plan.Measures)
        {
            var layout = data.Layout.Measures[measure];
            var figures = Array.IndexOf(plan.Published, measure) is var position && position >= 0 ? block.Figures![position] : null;
            if (layout.Use != MeasureUse.Product && FailureOf(measure, figures, table.Rules, data, records) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    private static RuleFailure? FailureOf(int measure, MeasureFigures? figures, TableRules rules, UnitContributions data, int[] records)
    {
        var (layout, columns) = (data.Layout.Measures[measure], data.Measure(measure));
        var (numbers, units, slack, values) = (new Dictionary<int, int>(), new List<Sums>(), Int128.Zero, 0L);
        foreach (var record in records)
        {
            if (columns.ValuesOf(record) > 0)
            {
                var number = units.Count;
                if (data.Layout.UnitIsRow || numbers.TryAdd(data.UnitOf(record), number))
                {
                    units.Add(default);
                }
                else
                {
                    number = numbers[data.UnitOf(record)];
                }

                var (_, gross, least, greatest) = columns.Read(record);
                var fromNearest = columns.FromNearest == columns.Gross ? gross : columns.FromNearest[record];
                units[number] = units[number].Plus(columns.ValuesOf(record), gross, fromNearest, least, greatest);
                slack += columns.SlackOf(record);
                values += columns.ValuesOf(record);
            }
        }

        var rule = Failure(units, slack, rules, rules.P) ?? SpreadFailure(units, layout, rules)
            ?? (figures?.SquaredDeviations is null ? null : FigureAudit.SquaresFailure(measure, rules, data, records))
            ?? (figures?.Histogram is null ? null : FigureAudit.HistogramFailure(figures.Histogram, measure, rules, data, records));
        if (rule is null && figures is not null && units.Exists(unit => unit.Values > 1))
        {
            rule = Failure(units.ConvertAll(unit => new Sums(1, unit.Values, unit.Values, 0, 0)), 0, rules, rules.P);
        }

        if (rule is null && figures is not null && rules.RoundTo <= 1 && figures.Values != values)
        {
            rule = DisclosureRule.Consistency;
        }

        return rule is { } fails ? new(fails, measure) : null;
    }

    private static DisclosureRule? Failure(IReadOnlyCollection<Sums> units, Int128 slack, TableRules rules, Ratio p)
    {
        if (units.Count < rules.MinUnits)
        {
            return DisclosureRule.Threshold;
        }

        Int128[] gross = [.. units.Select(unit => -unit.Gross)];
        Int128[] counted = [.. units.Select(unit => -unit.FromNearest)];
        Array.Sort(gross);
        Array.Sort(counted);
        var (total, countedTotal) = (FigureAudit.Total(gross), FigureAudit.Total(counted));
        var remains = countedTotal - FigureAudit.Total(counted.AsSpan(0, rules.Coalition + 1)) - slack;
        if (remains * p.Denominator < p.Numerator * -gross[0])
        {
            return DisclosureRule.Estimate;
        }

        return (FigureAudit.Total(gross.AsSpan(0, Math.Min(gross.Length, rules.DominanceUnits))) + slack) * rules.Dominance.Denominator > rules.Dominance.Numerator * total ? DisclosureRule.Dominance : null;
    }

    private static DisclosureRule? SpreadFailure(IReadOnlyCollection<Sums> units, MeasureLayout layout, TableRules rules)
    {
        Int128[] constant = [.. units.Where(unit => unit.Least == unit.Greatest && !(layout.ZeroHarmless && unit.Least == 0)).Select(unit => unit.Least)];
        Array.Sort(constant);
        var (most, run) = (0, 0);
        for (var i = 0; i < constant.Length; i++)
        {
            run = i > 0 && constant[i] == constant[i - 1] ? run + 1 : 1;
            most = Math.Max(most, run);
        }

        return units.Count - most < (layout.YesNo ? rules.MinUnits : rules.MinSpread) ? DisclosureRule.Spread : null;
    }

    private readonly record struct Sums(long Values, Int128 Gross, Int128 FromNearest, Int128 Least, Int128 Greatest)
    {
        public Sums Plus(int values, Int128 gross, Int128 fromNearest, Int128 least, Int128 greatest) => new(
            Values + values,
            checked(Gross + gross),
            checked(FromNearest + fromNearest),
            Values == 0 ? least : Int128.Min(Least, least),
            Values == 0 ? greatest : Int128.Max(Greatest, greatest));
    }
}
