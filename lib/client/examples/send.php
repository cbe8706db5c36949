#!/usr/bin/env php
<?php
// Sends each line of the standard input, "GROUP TEXT", to that group over awpsd's socket, and ends
// with status 0 when everything is delivered.
//
//   echo "device-7 on" | ./send.php [SOCKET]

declare(strict_types=1);

const CHUNK = 65536;

function action(string $line): string
{
    [$group, $text] = explode(' ', rtrim($line, "\n"), 2) + [1 => ''];
    $action = ['actionName' => 'sendToGroup', 'group' => $group, 'data' => $text];
    return json_encode($action, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE) . "\n";
}

/** How many actions the reply says are delivered. */
function delivered(string $line): int
{
    $reply = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    switch ($reply['status']) {
        case 'ready':
            return 0;
        case 'delivered':
        case 'superseded':
            return isset($reply['from']) ? $reply['to'] - $reply['from'] + 1 : 1;
        case 'warning':
            fwrite(STDERR, "warning: {$reply['message']}\n");
            return 0;
        default:
            fwrite(STDERR, "line {$reply['seq']}: {$reply['error']['message']}\n");
            return 0;
    }
}

$path = $argv[1] ?? '/run/awpsd/awpsd.sock';
$socket = @stream_socket_client("unix://$path", $code, $message);
if ($socket === false) {
    fwrite(STDERR, "$path: $message\n");
    exit(1);
}
stream_set_blocking($socket, false);

$unsent = '{"hello":{"ack":"delivered","producer":"php example"}}' . "\n";
$unread = '';
$sent = $good = 0;
$more = true; // there may be more lines
$ended = false; // our side of the connection, all being written
$lost = false; // awpsd takes no more; what it answered before is read

// It reads while it writes: a program that only writes comes to a standstill with awpsd.
while (!feof($socket)) {
    $readable = $more && !$lost && strlen($unsent) < CHUNK ? [$socket, STDIN] : [$socket];
    $writable = $unsent === '' || $lost ? [] : [$socket];
    $none = null;
    stream_select($readable, $writable, $none, null);
    if (in_array(STDIN, $readable, true)) {
        $line = fgets(STDIN);
        $more = $line !== false;
        if ($more) {
            $unsent .= action($line);
            $sent++;
        }
    }
    if ($writable) {
        $count = @fwrite($socket, substr($unsent, 0, CHUNK));
        $lost = $count === false;
        $unsent = substr($unsent, (int) $count);
    }
    if (in_array($socket, $readable, true)) {
        $lines = explode("\n", $unread . fread($socket, CHUNK));
        $unread = array_pop($lines);
        $good += array_sum(array_map('delivered', $lines));
    }
    if (!$more && $unsent === '' && !$ended) {
        stream_socket_shutdown($socket, STREAM_SHUT_WR); // awpsd answers the rest, and closes
        $ended = true;
    }
}

if ($good < $sent) {
    fwrite(STDERR, ($sent - $good) . " of $sent are not delivered\n");
}
if (!$ended) {
    fwrite(STDERR, "$path: awpsd ended the connection before the end of the input\n");
}
exit($ended && $good === $sent ? 0 : 1);
