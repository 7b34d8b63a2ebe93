namespace Exchange.Node.Catalog;

/// <summary>The name somebody most likely meant.</summary>
internal static class NearestName
{
    /// <summary>"did you mean" goes no further than this many edits.</summary>
    private const int EditsMax = 3;

    /// <summary>The closest of the known names within three edits (and fewer than the name has characters), or null.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        var best = known
            .Where(candidate => Math.Abs(candidate.Length - name.Length) <= EditsMax)
            .Select(candidate => (Name: candidate, Edits: Edits(name.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .OrderBy(candidate => candidate.Edits).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.Name is not null && best.Edits <= EditsMax && best.Edits < name.Length ? best.Name : null;
    }

    // Levenshtein distance with two rows.
    private static int Edits(string a, string b)
    {
        var above = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var row = new int[b.Length + 1];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], above[j]) + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            }

            above = row;
        }

        return above[b.Length];
    }
}
