using System.Management.Automation.Host;

namespace EtlTools.Shell.Hosting;

/// <summary>The terminal's size and cursor, or a fixed page where there is no terminal.</summary>
internal sealed class ShellRawUI : PSHostRawUserInterface
{
    private static Size Page => new(120, 50);

    private static bool HasTerminal => !Console.IsOutputRedirected && Console.WindowWidth > 0;

    public override Size WindowSize
    {
        get => HasTerminal ? new Size(Console.WindowWidth, Console.WindowHeight) : Page;
        set => throw Unsupported();
    }

    public override Size BufferSize
    {
        get => WindowSize;
        set => throw Unsupported();
    }

    public override Size MaxPhysicalWindowSize => WindowSize;

    public override Size MaxWindowSize => WindowSize;

    // -1 is pwsh's "the terminal's own colour" where colours cannot be asked for.
    public override ConsoleColor ForegroundColor { get; set; } = (ConsoleColor)(-1);

    public override ConsoleColor BackgroundColor { get; set; } = (ConsoleColor)(-1);

    public override Coordinates CursorPosition
    {
        get => HasTerminal ? new Coordinates(Console.CursorLeft, Console.CursorTop) : default;
        set
        {
            if (HasTerminal)
                Console.SetCursorPosition(value.X, value.Y);
        }
    }

    public override int CursorSize { get; set; } = 25;

    public override bool KeyAvailable => !Console.IsInputRedirected && Console.KeyAvailable;

    public override Coordinates WindowPosition
    {
        get => default;
        set => throw Unsupported();
    }

    public override string WindowTitle
    {
        get => "";
        set
        {
            if (HasTerminal)
                Console.Title = value;
        }
    }

    public override void FlushInputBuffer()
    {
        while (KeyAvailable)
            Console.ReadKey(true);
    }

    public override KeyInfo ReadKey(ReadKeyOptions options)
    {
        ConsoleKeyInfo key = Console.ReadKey(options.HasFlag(ReadKeyOptions.NoEcho));
        return new KeyInfo((int)key.Key, key.KeyChar, default, keyDown: true);
    }

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw Unsupported();

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) => throw Unsupported();

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw Unsupported();

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill)
    {
        if (HasTerminal)
            Console.Clear();
    }

    private static NotSupportedException Unsupported() => new("EtlShell does not address the terminal's screen.");
}
