namespace Exchange.Engines;

/// <summary>Order of texts by their UTF-8 bytes, which is the order of their code points and that of DuckDB.</summary>
internal sealed class Utf8Order : IComparer<string>
{
    public static Utf8Order Instance { get; } = new();

    public static int Compare(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length - right.Length;
        }

        var (first, second) = (left[common], right[common]);

        // UTF-16 puts the surrogates, which stand for the highest code points, before U+E000.
        return char.IsSurrogate(first) == char.IsSurrogate(second) ? first - second : char.IsSurrogate(first) ? 1 : -1;
    }

    int IComparer<string>.Compare(string? left, string? right) => Compare(left ?? "", right ?? "");
}
