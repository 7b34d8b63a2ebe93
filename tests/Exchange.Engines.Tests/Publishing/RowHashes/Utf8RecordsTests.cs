using System.Text;
using CsCheck;
using Exchange.Engines.Publishing;
using Exchange.Engines.Publishing.RowHashes;
using Exchange.Engines.Tests.Support;

namespace Exchange.Engines.Tests.Publishing.RowHashes;

public sealed class Utf8RecordsTests
{
    private static readonly RowHashKey Key = new(3, 4);

    private static readonly Gen<string> Field = Gen.OneOf(
        Gen.OneOf(new[] { "", "a", "12.50", "\"\"", "\"x,y\"", "\"two\r\nlines\"", "\"say \"\"so\"\"\"", "Århus", "北京", "in \" field" }.Select(Gen.Const).ToArray()),
        Gen.Int.Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void Blocks_of_any_size_hash_as_the_reader_that_makes_texts_reads() => Gen.Select(
            Gen.Int[1, 4].SelectMany(columns => Field.Array[columns].Array[0, 6]), Gen.OneOf(new[] { "\n", "\r\n", "\r", "\n\n" }.Select(Gen.Const).ToArray()), Gen.Bool, Gen.Bool, Gen.Int[1, 40])
        .Sample((rows, newLine, closed, marked, block) =>
        {
            var lines = rows.Select(row => string.Join(',', row)).Prepend("header");
            var text = (marked ? "\ufeff" : "") + string.Join(newLine, lines) + (closed ? newLine : "");
            using var folder = new ScratchFolder();
            return Hashes(folder, "blocks", writer => InBlocks(text, block, writer)).SequenceEqual(Hashes(folder, "texts", writer => OfTexts(text.TrimStart('\ufeff'), writer)));
        }, iter: 2_000);

    private static void InBlocks(string text, int block, RowHashWriter writer)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var records = new Utf8Records((byte)',', writer, new FieldGuard(1, new ColumnMatch([], []), []));
        var (from, to) = (0, 0);
        do
        {
            to = Math.Min(bytes.Length, to + block);
            from += records.Take(bytes.AsSpan(from, to - from), to == bytes.Length);
        }
        while (to < bytes.Length);
        Assert.Equal(bytes.Length, from);
    }

    private static void OfTexts(string text, RowHashWriter writer)
    {
        var reader = new CsvReader(new StringReader(text), ',');
        var record = new List<string>();
        reader.Read(record);
        while (reader.Read(record))
        {
            writer.BeginRow();
            record.ForEach(writer.Add);
            writer.EndRow();
        }
    }

    private static byte[] Hashes(ScratchFolder folder, string name, Action<RowHashWriter> write)
    {
        using (var writer = new RowHashWriter(Key, folder.File(name)))
        {
            write(writer);
            writer.Keep();
        }

        return File.ReadAllBytes(folder.File(name));
    }
}
