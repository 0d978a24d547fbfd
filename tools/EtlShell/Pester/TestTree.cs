using System.Collections;
using System.Management.Automation;

namespace EtlTools.Shell.Pester;

internal enum TestResult
{
    NotRun,
    Passed,
    Failed,
    Skipped,
}

/// <summary>What a file, a Describe, a Context or an It has in common.</summary>
internal abstract class TestNode(string name, Block? parent)
{
    public string Name { get; } = name;

    public string ExpandedName { get; set; } = name;

    public Block? Parent { get; } = parent;

    public ScriptBlock? Body { get; init; }

    /// <summary>One item of -ForEach; null without it.</summary>
    public ForEachItem? Data { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public bool Skip { get; init; }

    public List<ErrorRecord> Errors { get; } = [];

    public string Path => Parent is null || Parent.Parent is null ? ExpandedName : $"{Parent.Path}.{ExpandedName}";

    public bool IsSkipped => Skip || Parent is { IsSkipped: true };

    public IEnumerable<string> AllTags => Parent is null ? Tags : Tags.Concat(Parent.AllTags);
}

internal sealed class Test(string name, Block parent) : TestNode(name, parent)
{
    public TestResult Result { get; set; }

    public TimeSpan Elapsed { get; set; }
}

internal sealed class Block(string name, Block? parent) : TestNode(name, parent)
{
    public List<TestNode> Items { get; } = [];

    public Dictionary<string, ScriptBlock> Setups { get; } = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<Test> Tests => Items.SelectMany(i => i is Block block ? block.Tests : [(Test)i]);

    public IEnumerable<Block> Blocks => Items.OfType<Block>().SelectMany(b => b.Blocks.Prepend(b));

    /// <summary>The scripts of one kind from the file's down to this block's.</summary>
    public IEnumerable<ScriptBlock> Inherited(string kind)
    {
        IEnumerable<ScriptBlock> outer = Parent?.Inherited(kind) ?? [];
        return Setups.TryGetValue(kind, out ScriptBlock? own) ? outer.Append(own) : outer;
    }
}

/// <summary>An item of -ForEach: the variables it makes, and $_.</summary>
internal sealed class ForEachItem(object? value)
{
    private readonly object? _plain = value is PSObject { BaseObject: IDictionary map } ? map : value;

    public IEnumerable<KeyValuePair<string, object?>> Variables => Named.Prepend(new("_", _plain));

    /// <summary>What a param block of the script binds to.</summary>
    public Hashtable Parameters => new(Named.ToDictionary(v => v.Key, v => v.Value));

    private IEnumerable<KeyValuePair<string, object?>> Named => _plain is IDictionary map
        ? map.Cast<DictionaryEntry>().Select(e => new KeyValuePair<string, object?>($"{e.Key}", e.Value))
        : [];

    /// <summary>One item for each of -ForEach's, none for none; a single null where the parameter is not given.</summary>
    public static ForEachItem?[] All(bool isGiven, object?[]? items)
        => isGiven ? [.. (items ?? []).Select(i => new ForEachItem(i))] : [null];
}
