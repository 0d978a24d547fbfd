using System.Text;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Tests.Load;

namespace EtlTools.Engine.Tests.DeadLetters;

/// <summary>What a run that resumes takes note of in the files of an earlier one.</summary>
public sealed class DeadLetterHeadTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ReadIds_WholeLettersBeyondTheWatermark_AreKnown()
    {
        string[] lines =
        [
            Letter(1, 10), Letter(2, 11)[..^3], "", "no letter", Letter(3, 12, data: "a\\\"}]{\\\\"), Letter(4, 13)[..20], Letter(5, 14, data: new string('x', 300_000)),
            Letter(6, 15, data: new string('}', 300_000))[..^200_000], Letter(7, 16)
        ];
        Assert.Equal([3, 5, 7], Ids(string.Join('\n', lines), row => row <= 10));
        Assert.Equal([1, 3, 5, 7], Ids(string.Join('\n', lines) + "\n", _ => false));
        Assert.Equal([1, 3, 5], Ids(string.Join('\n', lines)[..^1], _ => false));
    }

    [Fact]
    public void ReadIds_DeepData_IsPassedOver()
    {
        string deep = $"{string.Concat(Enumerable.Repeat("[{\"a\":", 128))}1{string.Concat(Enumerable.Repeat("}]", 128))}";
        Assert.Equal([1], Ids(Letter(1, 1).Replace("\"v\"", deep, StringComparison.Ordinal), _ => false));
    }

    [Fact]
    public void ReadIds_LineWithoutEnd_IsNotKept()
    {
        string path = _folder.File("log.jsonl");
        using (FileStream file = File.Create(path))
        {
            file.Write(Encoding.UTF8.GetBytes(Letter(1, 1, data: "")[..^3]));
            file.SetLength(1L << 29);
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Empty(DeadLetterHead.ReadIds([path], (_, _) => false));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024 * 1024);
    }

    [Fact]
    public void IsTorn_AnyBeginningOfALetter_IsAndTheWholeIsNot()
    {
        byte[] letter = Encoding.UTF8.GetBytes(Letter(1, 1, data: "{\\\"}\\\\"));
        Assert.All(Enumerable.Range(1, letter.Length - 1), length => Assert.True(DeadLetterLine.IsTorn(letter.AsSpan(0, length))));
        Assert.False(DeadLetterLine.IsTorn(letter));
        Assert.False(DeadLetterLine.IsTorn("{\"other\":"u8));
    }

    private static string Letter(int id, int row, string data = "v") =>
        $$$"""{"letterId":"{{{id:x32}}}","runId":"r","source":"/data/a.csv","fingerprint":null,"row":{{{row}}},"data":{"c":["{{{data}}}"]}}""";

    private IEnumerable<int> Ids(string text, Func<long, bool> isCovered)
    {
        string path = _folder.File("dead.jsonl");
        File.WriteAllText(path, text);
        return DeadLetterHead.ReadIds([path], (_, row) => isCovered(row)).Select(id => (int)id).Order();
    }
}
