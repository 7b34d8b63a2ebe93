namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Step 5. What is left takes in passing blocks, smallest first, until the union passes, up to 5% of all rows; then it gives back, largest
/// first, each it can do without. If it cannot pass, its block with the largest single contribution is published without values, and the
/// step repeats. Rules 1 to 4 only gain by a passing block, so that whether it can pass is one test with all it may take in, and where it
/// begins to pass is found by halving.
/// </summary>
internal sealed class LeftoverUnion(AtomIndex atoms, TableRules rules, BlockTester tester)
{
    private const int TakenPercentMax = 5;

    private readonly Dictionary<int, Queue<DraftBlock>> _byContribution = [];

    /// <param name="left">What is left, in description order; emptied.</param>
    /// <param name="blocks">Passing blocks: those taken in leave, the union enters.</param>
    /// <param name="withheld">What is published without values enters.</param>
    public void Settle(List<DraftBlock> left, List<DraftBlock> blocks, List<DraftBlock> withheld)
    {
        var takeable = Takeable(blocks);
        var remaining = left.ToHashSet();
        while (remaining.Count > 0 && Test(remaining, takeable) is { } failure)
        {
            if (failure.Rule == DisclosureRule.Missing)
            {
                WithholdLacking(failure.Measure, remaining, withheld);
                continue;
            }

            if (failure.Rule is not (DisclosureRule.Estimate or DisclosureRule.Dominance))
            {
                // Fewer blocks have fewer units and less spread: without the rest it fails all the more.
                withheld.AddRange(left.Where(remaining.Contains));
                remaining.Clear();
                break;
            }

            WithholdUntilPasses(failure, remaining, takeable, withheld);
        }

        if (remaining.Count == 0)
        {
            return;
        }

        List<DraftBlock> union = [.. left.Where(remaining.Contains)];
        var taken = GiveBack(union, TakeIn(union, takeable));
        blocks.RemoveAll(taken.Contains);
        union.AddRange(taken);
        blocks.Add(DraftBlock.Union(union, DraftBlock.CommonDescription(union)));
    }

    /// <summary>
    /// Withholds every block in which somebody lacks a value. Together, and with all that passes, they are too few, so that no part of them
    /// is enough, and the rest lacks none.
    /// </summary>
    private void WithholdLacking(int measure, HashSet<DraftBlock> remaining, List<DraftBlock> withheld)
    {
        foreach (var block in remaining.Where(block => Lacks(block, measure)).ToList())
        {
            remaining.Remove(block);
            withheld.Add(block);
        }
    }

    private bool Lacks(DraftBlock block, int measure)
    {
        var columns = atoms.Data.Measure(measure);
        return RecordsOf(block).Any(record => columns.ValuesOf(record) < atoms.Data.RowsOf(record));
    }

    /// <summary>Withholds blocks by their contribution to the measure that fails until rules 2 and 3 do not fail in it.</summary>
    private void WithholdUntilPasses(RuleFailure? failure, HashSet<DraftBlock> remaining, List<DraftBlock> takeable, List<DraftBlock> withheld)
    {
        var measure = failure!.Value.Measure;
        while (remaining.Count > 0 && failure is { Rule: DisclosureRule.Estimate or DisclosureRule.Dominance } fails)
        {
            var witness = new FailureWitness(atoms.Data, rules, tester.Tally, fails);
            do
            {
                var largest = LargestContribution(measure, remaining);
                remaining.Remove(largest);
                withheld.Add(largest);
                witness.Remove(RecordsOf(largest));
            }
            while (remaining.Count > 0 && witness.StillFails);
            failure = tester.TestOne(measure, [.. remaining.Concat(takeable).SelectMany(block => block.Atoms)]);
        }
    }

    /// <summary>The smallest passing blocks that together have at most 5% of all rows, smallest first.</summary>
    private List<DraftBlock> Takeable(List<DraftBlock> blocks)
    {
        var sized = blocks.ConvertAll(block =>
        {
            tester.Tally.Load(block.Atoms);
            return (Block: block, tester.Tally.Units, tester.Tally.Rows);
        });
        sized.Sort((one, other) => one.Units != other.Units
            ? one.Units.CompareTo(other.Units)
            : Descriptions.Compare(one.Block.Description, other.Block.Description));
        var (takeable, rows) = (new List<DraftBlock>(), 0L);
        foreach (var (block, _, blockRows) in sized)
        {
            rows += blockRows;
            if (rows * 100 > atoms.Data.RowsTotal * TakenPercentMax)
            {
                break;
            }

            takeable.Add(block);
        }

        return takeable;
    }

    private List<DraftBlock> TakeIn(List<DraftBlock> union, List<DraftBlock> takeable)
    {
        var (fails, passes) = (-1, takeable.Count);
        while (passes - fails > 1)
        {
            var middle = (fails + passes) / 2;
            (fails, passes) = Test(union, takeable.Take(middle)) is null ? (fails, middle) : (middle, passes);
        }

        return takeable.GetRange(0, passes);
    }

    private List<DraftBlock> GiveBack(List<DraftBlock> union, List<DraftBlock> taken)
    {
        // Several at once where it can do without all of them: then it can do without each in turn.
        var (kept, witnesses) = (new List<DraftBlock>(), new List<FailureWitness>());
        List<DraftBlock> open = [.. Enumerable.Reverse(taken)];
        for (var (at, step) = (0, 1); at < open.Count;)
        {
            step = Math.Min(step, open.Count - at);
            var given = open.GetRange(at, step);
            witnesses.ForEach(witness => given.ForEach(block => witness.Remove(RecordsOf(block))));
            if (!witnesses.Exists(witness => witness.StillFails))
            {
                if (Test(union, kept.Concat(open.Skip(at + step))) is not { } failure)
                {
                    (at, step) = (at + step, 2 * step);
                    continue;
                }

                if (failure.Rule is DisclosureRule.Estimate or DisclosureRule.Dominance)
                {
                    witnesses.Add(new(atoms.Data, rules, tester.Tally, failure));
                }
            }

            witnesses.ForEach(witness => given.ForEach(block => witness.Add(RecordsOf(block))));
            if (step == 1)
            {
                kept.Add(open[at++]);
            }
            else
            {
                step /= 2;
            }
        }

        return kept;
    }

    private RuleFailure? Test(IEnumerable<DraftBlock> left, IEnumerable<DraftBlock> taken)
    {
        int[] set = [.. left.Concat(taken).SelectMany(block => block.Atoms)];
        return tester.Test(set);
    }

    private DraftBlock LargestContribution(int measure, HashSet<DraftBlock> remaining)
    {
        if (!_byContribution.TryGetValue(measure, out var queue))
        {
            _byContribution[measure] = queue = new(remaining.Select(block => (Block: block, Largest: LargestOf(block, measure)))
                .OrderByDescending(pair => pair.Largest)
                .ThenBy(pair => pair.Block.Description, Comparer<int[]>.Create((one, other) => Descriptions.Compare(one, other)))
                .Select(pair => pair.Block));
        }

        while (!remaining.Contains(queue.Peek()))
        {
            queue.Dequeue();
        }

        return queue.Dequeue();
    }

    private Int128 LargestOf(DraftBlock block, int measure)
    {
        tester.Tally.Load(block.Atoms);
        if (measure < 0)
        {
            tester.Tally.TallyRows();
        }
        else
        {
            tester.Tally.Tally(measure);
        }

        return tester.Tally.LargestGross.First;
    }

    private IEnumerable<int> RecordsOf(DraftBlock block)
    {
        foreach (var atom in block.Atoms)
        {
            for (var i = 0; i < atoms.RecordsOf(atom).Length; i++)
            {
                yield return atoms.RecordsOf(atom)[i];
            }
        }
    }
}
