namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Rule 8: how many first values a block may keep of each atom. A sensitive value that all but min_spread units of a combination of the
/// other dimensions share would tell it of everybody in the combination; there it is pooled, and what comes after it. The combination is
/// taken both of the dimensions before it and of all others.
/// </summary>
internal static class SensitiveCaps
{
    public static int[] Of(AtomIndex atoms, TableRules rules)
    {
        var caps = new int[atoms.Count];
        caps.AsSpan().Fill(atoms.Dimensions);
        var dimensions = atoms.Data.Layout.Dimensions;
        for (var i = 0; i < dimensions.Count; i++)
        {
            if (dimensions[i].Sensitive)
            {
                var position = i;
                Cap(atoms, rules, position, caps, codes => codes[..position].ToArray());
                if (position < dimensions.Count - 1)
                {
                    Cap(atoms, rules, position, caps, codes => [.. codes[..position], .. codes[(position + 1)..]]);
                }
            }
        }

        return caps;
    }

    private delegate int[] Combination(ReadOnlySpan<int> codes);

    private static void Cap(AtomIndex atoms, TableRules rules, int position, int[] caps, Combination of)
    {
        var groups = new Dictionary<int[], List<int>>(new CodesComparer());
        for (var atom = 0; atom < atoms.Count; atom++)
        {
            var key = of(atoms.CodesOf(atom));
            if (!groups.TryGetValue(key, out var group))
            {
                groups.Add(key, group = []);
            }

            group.Add(atom);
        }

        foreach (var group in groups.Values)
        {
            if (!Passes(atoms, rules, position, group))
            {
                group.ForEach(atom => caps[atom] = Math.Min(caps[atom], position));
            }
        }
    }

    private static bool Passes(AtomIndex atoms, TableRules rules, int position, List<int> group)
    {
        const int several = -2;
        var valueOf = new Dictionary<int, int>();
        foreach (var atom in group)
        {
            var value = atoms.CodesOf(atom)[position];
            foreach (var record in atoms.RecordsOf(atom))
            {
                var unit = atoms.Data.UnitOf(record);
                valueOf[unit] = valueOf.TryGetValue(unit, out var before) && before != value ? several : value;
            }
        }

        var counts = new Dictionary<int, int>();
        foreach (var value in valueOf.Values)
        {
            if (value != several)
            {
                counts[value] = counts.GetValueOrDefault(value) + 1;
            }
        }

        return DisclosureRules.PassesSensitive(valueOf.Count, counts.Count == 0 ? 0 : counts.Values.Max(), rules.MinSpread);
    }
}
