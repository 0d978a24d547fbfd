using System.Runtime.Versioning;
using System.Text;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Files;
using EtlTools.Engine.Tests.Load;

namespace EtlTools.Engine.Tests.Files;

/// <summary>Both ways to append, where the operating system has them.</summary>
public sealed class AppendFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Path => _folder.File("dead.jsonl");

    public static TheoryData<string> Ways => OperatingSystem.IsWindows() ? ["locked"] : ["locked", "atomic"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Ways))]
    public void Append_ByManyWriters_NeverMixesLines(string way)
    {
        const int Writers = 4;
        const int Appends = 100;
        Parallel.For(0, Writers, new ParallelOptions { MaxDegreeOfParallelism = Writers }, writer =>
        {
            IAppendFile file = Open(way);
            for (int i = 0; i < Appends; i++)
                file.Append(Lines($"{writer}:{i}:" + new string((char)('a' + writer), (i * 997) % 70_000), $"{writer}:{i}:end"), toDisk: i % 10 == 0);
        });
        string[] lines = LinesOf(Path);
        Assert.Equal(Writers * Appends * 2, lines.Length);
        for (int writer = 0; writer < Writers; writer++)
        {
            string[] own = [.. lines.Where(line => line.StartsWith($"{writer}:", StringComparison.Ordinal))];
            Assert.Equal(
                Enumerable.Range(0, Appends).SelectMany(i => new[] { $"{writer}:{i}:" + new string((char)('a' + writer), (i * 997) % 70_000), $"{writer}:{i}:end" }),
                own);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Append_TornLine_IsCutWhereNobodyElseHasTheFile(string way)
    {
        File.WriteAllText(Path, "{\"letterId\":\"1\"}\n{\"letterId\":\"2\",\"da");
        Open(way).Append(Lines("new"), toDisk: true);
        Assert.Equal(["{\"letterId\":\"1\"}", "new"], File.ReadAllLines(Path));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Append_TornLineWhileAnotherReads_BeginsALineOfItsOwn()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.WriteAllText(Path, "{\"letterId\":\"1\"}\n{\"letterId\":\"2\",\"da");
        using FileStream reader = new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        new AtomicAppendFile(Path, DeadLetterLine.IsTorn).Append(Lines("new"), toDisk: true);
        Assert.Equal(["{\"letterId\":\"1\"}", "{\"letterId\":\"2\",\"da", "new"], File.ReadAllLines(Path));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Append_BesideReadersThatComeAndGo_LosesNoLine()
    {
        if (OperatingSystem.IsWindows())
            return;
        const int Writers = 3;
        const int Appends = 12;
        using var ended = new CancellationTokenSource();
        // Longer than a writer waits to be alone, so that writers who are and writers who are not meet.
        Task reader = Task.Run(async () =>
        {
            while (!ended.IsCancellationRequested)
            {
                try
                {
                    await using FileStream open = new(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
                    await Task.Delay(TimeSpan.FromMilliseconds(230), TimeProvider.System, CancellationToken.None);
                }
                catch (IOException) when (File.Exists(Path))
                {
                    // A writer is alone with it just now.
                }
                await Task.Delay(TimeSpan.FromMilliseconds(15), TimeProvider.System, CancellationToken.None);
            }
        }, TestContext.Current.CancellationToken);
        string filling = new('x', 1000);
        Parallel.For(0, Writers, new ParallelOptions { MaxDegreeOfParallelism = Writers }, writer =>
        {
            IAppendFile file = Open("atomic");
            for (int i = 0; i < Appends; i++)
                file.Append(Lines([.. Enumerable.Range(0, 3000).Select(line => $"{{\"letterId\":\"{writer}:{i}:{line}\",\"{filling}")]), toDisk: false);
        });
        await ended.CancelAsync();
        await reader;
        string[] lines = LinesOf(Path);
        Assert.Equal(Writers * Appends * 3000, lines.Length);
        Assert.Equal(lines.Length, lines.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Append_FileMovedAway_MakesANewOne(string way)
    {
        IAppendFile file = Open(way);
        file.Append(Lines("one"), toDisk: false);
        File.Move(Path, _folder.File("archived"));
        file.Append(Lines("two"), toDisk: false);
        Assert.Equal(["two"], File.ReadAllLines(Path));
        Assert.Equal(["one"], File.ReadAllLines(_folder.File("archived")));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Append_NotAllowed_Throws(string way)
    {
        if (Environment.IsPrivilegedProcess)
            return;
        File.WriteAllText(Path, "");
        new FileInfo(Path).IsReadOnly = true;
        Assert.Throws<UnauthorizedAccessException>(() => Open(way).Append(Lines("x"), toDisk: false));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Append_FolderGone_Throws(string way)
    {
        IAppendFile file = way == "locked" ? new LockedAppendFile(_folder.File("gone/dead.jsonl"), DeadLetterLine.IsTorn) : Open(way, _folder.File("gone/dead.jsonl"));
        Assert.ThrowsAny<IOException>(() => file.Append(Lines("x"), toDisk: false));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Append_FullDisk_Throws()
    {
        if (!File.Exists("/dev/full"))
            return;
        IOException e = Assert.Throws<IOException>(() => new AtomicAppendFile("/dev/full", DeadLetterLine.IsTorn).Append(Lines("x"), toDisk: false));
        Assert.Contains("space", e.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Append_BeyondTheLimit_MovesTheFileAsideUnderTheNextNumber()
    {
        IAppendFile file = AppendFile.At(Path, "-DeadLetterPath", FailureCodes.DeadLetterFailed, DeadLetterLine.IsTorn, maxBytes: 25);
        File.WriteAllText(_folder.File("dead.0007.jsonl"), "");
        for (int i = 0; i < 7; i++)
            file.Append(Lines($"line no {i}"), toDisk: false);
        file.Append(Lines("a line that is longer than the limit"), toDisk: false);
        string[] names = [.. Directory.GetFiles(_folder.Path).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.Equal(["dead.0007.jsonl", "dead.0008.jsonl", "dead.0009.jsonl", "dead.0010.jsonl", "dead.0011.jsonl", "dead.jsonl"], names);
        Assert.Equal(
            [.. Enumerable.Range(0, 7).Select(i => $"line no {i}"), "a line that is longer than the limit"],
            names.SelectMany(name => File.ReadAllLines(_folder.File(name))));
    }

    [Fact]
    public void Append_BeyondTheLimit_BringsTheFileToTheDiskBeforeItIsMovedAside()
    {
        var flushes = new FlushedFile(Open("locked"), Path);
        var file = new RollingAppendFile(flushes, Path, maxBytes: 25);
        foreach (string line in new[] { "line no 0", "line no 1", "a line that is longer than the limit" })
            file.Append(Lines(line), toDisk: false);
        file.Append([], toDisk: true);
        Assert.Equal(["line no 0\nline no 1\n", "a line that is longer than the limit\n"], flushes.OnDisk);
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void Append_BeyondTheLimitByManyWriters_LosesNoLine()
    {
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, writer =>
        {
            IAppendFile file = AppendFile.At(Path, "-DeadLetterPath", FailureCodes.DeadLetterFailed, DeadLetterLine.IsTorn, maxBytes: 200);
            for (int i = 0; i < 100; i++)
                file.Append(Lines($"{writer}:{i}"), toDisk: false);
        });
        string[] lines = [.. Directory.GetFiles(_folder.Path).SelectMany(File.ReadAllLines)];
        Assert.Equal(400, lines.Length);
        Assert.Equal(400, lines.Distinct().Count());
        Assert.True(Directory.GetFiles(_folder.Path).Length > 5);
    }

    /// <summary>Knows what the file held when it was flushed to the disk.</summary>
    private sealed class FlushedFile(IAppendFile file, string path) : IAppendFile
    {
        public List<string> OnDisk { get; } = [];

        public void Append(ReadOnlySpan<byte> lines, bool toDisk)
        {
            file.Append(lines, toDisk);
            if (toDisk)
                OnDisk.Add(File.ReadAllText(path));
        }
    }

    private IAppendFile Open(string way, string? path = null)
    {
        path ??= Path;
        return way == "atomic" && !OperatingSystem.IsWindows() ? new AtomicAppendFile(path, DeadLetterLine.IsTorn) : new LockedAppendFile(path, DeadLetterLine.IsTorn);
    }

    /// <summary>An empty line is nobody's.</summary>
    private static string[] LinesOf(string path) => [.. File.ReadAllLines(path).Where(line => line.Length > 0)];

    private static byte[] Lines(params string[] lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
}
