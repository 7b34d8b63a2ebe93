using System.Security.Cryptography;

namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>
/// A node's own key for the hashes of its rows: 16 random bytes, made when first needed and kept in a file of mode 0600. Without it
/// nobody can tell from the hashes whether a row that he knows is among them; with another one, no row is found again.
/// </summary>
internal readonly record struct RowHashKey(ulong First, ulong Second)
{
    private const int Bytes = 16;

    /// <summary>The key in that file, which is made if it is not there.</summary>
    public static RowHashKey Of(string file)
    {
        if (!File.Exists(file))
        {
            Make(file);
        }

        var key = File.ReadAllBytes(file);
        return key.Length == Bytes ? From(key) : throw new InvalidDataException("The key of the row hashes is damaged.");
    }

    /// <summary>The key of these 16 bytes.</summary>
    public static RowHashKey From(ReadOnlySpan<byte> key) => new(
        System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(key), System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(key[8..]));

    // Written beside and moved, so that a crash leaves a whole key or none; two imports at once agree on the first.
    private static void Make(string file)
    {
        OwnedFolder.Ensure(Path.GetDirectoryName(file)!);
        var temporary = $"{file}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            stream.Write(RandomNumberGenerator.GetBytes(Bytes));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(temporary, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(temporary);
        }
    }
}
